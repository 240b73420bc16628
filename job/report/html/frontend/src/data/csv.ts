/**
 * The chosen rows as CSV, to the rules of the report's own CSV files: RFC 4180, LF, one line a row, no
 * backslashes, empty for "not known". Long values stay whole: only QuickSight needs them cut.
 */

import type { Column } from "./dataset";

const FORMULA = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/;
const CONTROL = /[\x00-\x1f\x7f-\x9f\u2028\u2029]/g;
const QUOTED = /[",\r\n]/;

/** `guard` writes a leading `'` before text that a spreadsheet would run as a formula. */
export function csvOf(columns: readonly Column[], rows: Uint32Array, guard: boolean): string[] {
  const texts = columns.map((column) => cellsOf(column, guard));
  const parts = [`${columns.map((column) => field(column.name, guard)).join(",")}\n`];
  for (const row of rows) parts.push(`${columns.map((column, at) => texts[at]!(column.codes[row]!)).join(",")}\n`);
  return parts;
}

function cellsOf(column: Column, guard: boolean): (code: number) => string {
  const known = new Map<number, string>([[0, ""]]);
  return (code) => {
    const text = known.get(code) ?? cell(column, code, guard);
    known.set(code, text);
    return text;
  };
}

function cell(column: Column, code: number, guard: boolean): string {
  const value = column.valueOf(code);
  if (value === null || typeof value === "number" || typeof value === "boolean") return String(value ?? "");
  if (Array.isArray(value)) return field([...new Set(value.map(lined))].map((item) => item.replaceAll(";", "%3B")).join(";"), guard);
  return field(typeof value === "object" ? mapText(value) : lined(value), guard);
}

function lined(text: string): string {
  return text.replace(CONTROL, " ").replaceAll("\\", "/").toWellFormed();
}

/** Compact JSON without a backslash: inside its strings `"` becomes `'`. */
function mapText(entries: Record<string, string>): string {
  const plain = Object.entries(entries).map((entry) => entry.map((text) => lined(text).replaceAll('"', "'")));
  return JSON.stringify(Object.fromEntries(plain));
}

function field(text: string, guard: boolean): string {
  const safe = guard && FORMULA.test(text) ? `'${text}` : text;
  return QUOTED.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function save(name: string, parts: string[]): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(parts, { type: "text/csv;charset=utf-8" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
