/** What the charts count: keys by bins of days and by the texts of a field, each split by risk. */

import type { Dataset } from "./dataset";
import { fieldOf, type Range } from "./filter";
import { RISKS } from "./words";

export interface Bar {
  readonly label: string;
  /** The field text or range that the bar stands for. */
  readonly text: string | null;
  readonly range: Range | null;
  readonly total: number;
  /** Keys by risk in the order of RISKS, and last those without one. */
  readonly parts: readonly number[];
}

export const AGES: readonly (readonly [label: string, from: number, to: number | null])[] = [
  ["0–30", 0, 30],
  ["31–90", 31, 90],
  ["91–180", 91, 180],
  ["181–365", 181, 365],
  ["1–2 yrs", 366, 730],
  ["2–3 yrs", 731, 1095],
  ["3–5 yrs", 1096, 1825],
  ["over 5", 1826, null],
];

export const USES: readonly (readonly [label: string, from: number, to: number | null])[] = [
  ["0–7", 0, 7],
  ["8–30", 8, 30],
  ["31–90", 31, 90],
  ["91–180", 91, 180],
  ["181–365", 181, 365],
  ["over 365", 366, null],
];

const INDEXES = new WeakMap<Dataset, Uint8Array>();

/** For each key the place of its risk in RISKS; counted once, asked by every chart. */
function riskIndexes(keys: Dataset): Uint8Array {
  const known = INDEXES.get(keys);
  if (known) return known;
  const column = keys.find("risk_level");
  const places = new Uint8Array((column?.distinct ?? 0) + 1).fill(RISKS.length);
  column?.values.forEach((value, index) => {
    const place = (RISKS as readonly string[]).indexOf(String(value));
    if (place >= 0) places[index + 1] = place;
  });
  const indexes = new Uint8Array(keys.rows);
  for (let row = 0; row < keys.rows; row++) indexes[row] = places[column?.codes[row] ?? 0]!;
  INDEXES.set(keys, indexes);
  return indexes;
}

/** Sums of risk per group, a row's group given by its code. */
function sums(keys: Dataset, codes: ArrayLike<number>, groupOf: readonly (readonly number[])[], groups: number): number[][] {
  const risks = riskIndexes(keys);
  const parts = Array.from({ length: groups }, () => new Array<number>(RISKS.length + 1).fill(0));
  for (let row = 0; row < keys.rows; row++) {
    for (const group of groupOf[codes[row]!]!) parts[group]![risks[row]!]!++;
  }
  return parts;
}

const add = (parts: readonly number[]) => parts.reduce((sum, part) => sum + part, 0);

export function byDays(keys: Dataset, name: string, bins: typeof AGES): Bar[] {
  const column = keys.find(name);
  if (!column) return [];
  const groupOf = [null, ...column.values].map((value) => {
    if (typeof value !== "number") return [bins.length];
    return [Math.max(0, bins.findIndex(([, , to]) => to === null || value <= to))];
  });
  const parts = sums(keys, column.codes, groupOf, bins.length + 1);
  return [...bins, ["no date", 0, null] as const].map(([label, from, to], index) => ({
    label,
    text: null,
    range: index === bins.length ? null : [from === 0 ? null : from, to],
    total: add(parts[index]!),
    parts: parts[index]!,
  }));
}

/** Keys that were never used, and keys whose use is not known: both lack a last use, and differ. */
export function unused(keys: Dataset): Bar[] {
  const column = keys.find("never_used");
  if (!column) return [];
  const groupOf = [null, ...column.values].map((value) => (value === true ? [0] : value === null ? [1] : []));
  const parts = sums(keys, column.codes, groupOf, 2);
  return [
    { label: "never", text: "true", range: null, total: add(parts[0]!), parts: parts[0]! },
    { label: "not known", text: "", range: null, total: add(parts[1]!), parts: parts[1]! },
  ];
}

/** Keys by the texts of a field, most keys first; `depth` cuts organizational units to that many levels. */
export function byField(keys: Dataset, name: string, depth: number | null): Bar[] {
  const field = fieldOf(keys, name);
  if (!field) return [];
  const groups = new Map<string, number>();
  const groupOf = [null, ...field.column.values].map((value) =>
    field.texts(value).map((text) => {
      const cut = depth === null ? text : text.split("/").slice(0, depth + 1).join("/");
      if (!groups.has(cut)) groups.set(cut, groups.size);
      return groups.get(cut)!;
    }),
  );
  const parts = sums(keys, field.column.codes, groupOf, groups.size);
  return [...groups]
    .map(([text, group]) => ({ label: text, text, range: null, total: add(parts[group]!), parts: parts[group]! }))
    .filter(({ total }) => total > 0)
    .sort((a, b) => b.total - a.total || (a.text < b.text ? -1 : 1));
}
