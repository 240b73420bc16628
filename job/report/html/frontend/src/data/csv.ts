/** The chosen rows as CSV, to the rules of the report's own CSV files: RFC 4180, LF, empty for "not known". */

import type { Column } from "./dataset";

const FORMULA = /^[=+\-@\t]/;
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
    const cell = known.get(code) ?? cell_(column, code, guard);
    known.set(code, cell);
    return cell;
  };
}

function cell_(column: Column, code: number, guard: boolean): string {
  const value = column.valueOf(code);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const text = Array.isArray(value) ? value.join(";") : typeof value === "object" ? JSON.stringify(value) : value;
  return field((text ?? "").replace(/[\r\n]+/g, " ").replaceAll("\\", "/"), guard);
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
