/** Which rows a reader asked for, decided per distinct value and then compared by code. */

import { type Column, type Dataset, textOf, type Value } from "./dataset";

export type Range = readonly [from: number | null, to: number | null];

/** `sets` maps a field to the chosen texts, "" meaning "not known" or "tag not set". */
export interface Filters {
  readonly q: string;
  readonly sets: ReadonlyMap<string, readonly string[]>;
  readonly ranges: ReadonlyMap<string, Range>;
}

export const NO_FILTERS: Filters = { q: "", sets: new Map(), ranges: new Map() };

/** A field is a column, or `tag:NAME`, `user_tag:NAME` or `store_tag:NAME`: one tag of a map of tags. */
export interface Field {
  readonly name: string;
  readonly column: Column;
  readonly texts: (value: Value | null) => readonly string[];
}

const TAGS: Record<string, string> = { tag: "account_tags", user_tag: "user_tags", store_tag: "store_tags" };
const NOT_SET: readonly string[] = [""];

export function fieldOf(dataset: Dataset, name: string): Field | undefined {
  const mark = name.indexOf(":");
  const source = mark > 0 ? TAGS[name.slice(0, mark)] : undefined;
  const column = dataset.find(source ?? name);
  if (!column) return undefined;
  if (source) return { name, column, texts: (value) => [tagOf(value, name.slice(mark + 1))] };
  return { name, column, texts: column.type === "list" ? listed : plain };
}

function tagOf(value: Value | null, tag: string): string {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return "";
  return Object.hasOwn(value, tag) ? (value[tag] ?? "") : "";
}

function plain(value: Value | null): readonly string[] {
  return [textOf(value)];
}

function listed(value: Value | null): readonly string[] {
  return Array.isArray(value) && value.length > 0 ? value : NOT_SET;
}

/** The names of the tags that occur: those the report has columns for, then the most often used. */
export function tagNames(dataset: Dataset, kind: "tag" | "user_tag" | "store_tag", first: readonly string[] = []): string[] {
  const column = dataset.find(TAGS[kind] ?? "");
  if (!column) return [];
  const uses = new Map<string, number>();
  const tally = dataset.tally(column);
  column.values.forEach((value, index) => {
    if (typeof value !== "object" || Array.isArray(value)) return;
    for (const tag of Object.keys(value)) uses.set(tag, (uses.get(tag) ?? 0) + (tally[index + 1] ?? 0));
  });
  const place = (tag: string) => (first.includes(tag) ? first.indexOf(tag) : first.length);
  return [...uses.keys()].sort((a, b) => place(a) - place(b) || uses.get(b)! - uses.get(a)! || (a < b ? -1 : 1));
}

type Test = readonly [codes: ArrayLike<number>, marks: Uint8Array];

function within([from, to]: Range, value: Value | null): boolean {
  return typeof value === "number" && (from === null || value >= from) && (to === null || value <= to);
}

function setMarks(field: Field, chosen: readonly string[]): Uint8Array {
  const wanted = new Set(chosen);
  if (field.name !== "ou_path") return field.column.marks((value) => field.texts(value).some((text) => wanted.has(text)));
  return field.column.marks((value) => chosen.some((path) => isBelow(textOf(value), path)));
}

function isBelow(path: string, parent: string): boolean {
  return path === parent || (parent !== "" && path.startsWith(`${parent}/`));
}

/** The tests by field; a field that this dataset lacks tests nothing. */
function testsOf(dataset: Dataset, filters: Filters): Map<string, Test> {
  const tests = new Map<string, Test>();
  for (const [name, chosen] of filters.sets) {
    const field = fieldOf(dataset, name);
    if (field && chosen.length > 0) tests.set(name, [field.column.codes, setMarks(field, chosen)]);
  }
  for (const [name, range] of filters.ranges) {
    const column = dataset.find(name);
    if (column) tests.set(name, [column.codes, column.marks((value) => within(range, value))]);
  }
  return tests;
}

function search(dataset: Dataset, columns: readonly string[], q: string): Uint8Array | null {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return null;
  const found = new Uint8Array(dataset.rows).fill(1);
  const searched = columns.map((name) => dataset.find(name)).filter((column) => column !== undefined);
  for (const word of words) keep(found, searched.map((column) => [column.codes, column.containing(word)] as const));
  return found;
}

function keep(found: Uint8Array, tests: readonly Test[]): void {
  for (let row = 0; row < found.length; row++) {
    if (found[row] && !tests.some(([codes, marks]) => marks[codes[row]!])) found[row] = 0;
  }
}

/** The matching rows, and for each tested field the rows that all the other tests let through. */
export interface Matches {
  readonly rows: Uint32Array;
  readonly but: ReadonlyMap<string, Uint32Array>;
}

export function match(dataset: Dataset, filters: Filters, searched: readonly string[]): Matches {
  const found = search(dataset, searched, filters.q);
  const tests = [...testsOf(dataset, filters)];
  const passed: number[] = [];
  const missed: number[][] = tests.map(() => []);
  for (let row = 0; row < dataset.rows; row++) {
    if (found && !found[row]) continue;
    const miss = onlyMiss(tests, row);
    if (miss === -1) passed.push(row);
    else if (miss >= 0) missed[miss]!.push(row);
  }
  const rows = Uint32Array.from(passed);
  return { rows, but: new Map(tests.map(([name], index) => [name, joined(rows, missed[index]!)])) };
}

/** -1 when every test passes, the test's index when it alone fails, -2 when more do. */
function onlyMiss(tests: readonly (readonly [string, Test])[], row: number): number {
  let miss = -1;
  for (let index = 0; index < tests.length; index++) {
    const [codes, marks] = tests[index]![1];
    if (marks[codes[row]!]) continue;
    if (miss !== -1) return -2;
    miss = index;
  }
  return miss;
}

function joined(rows: Uint32Array, more: readonly number[]): Uint32Array {
  const all = new Uint32Array(rows.length + more.length);
  all.set(rows);
  all.set(more, rows.length);
  return all;
}

/** How many of the rows carry each text of a field. */
export function facet(dataset: Dataset, field: Field, rows?: Uint32Array): Map<string, number> {
  const counts = new Map<string, number>();
  dataset.tally(field.column, rows).forEach((number, code) => {
    if (number === 0) return;
    for (const text of field.texts(field.column.valueOf(code))) counts.set(text, (counts.get(text) ?? 0) + number);
  });
  return counts;
}

export interface Sort {
  readonly id: string;
  readonly desc: boolean;
}

/** The rows in the asked order; what is not known comes last either way, ties keep the report's order. */
export function sorted(
  dataset: Dataset,
  rows: Uint32Array,
  sorting: readonly Sort[],
  orderOf: (column: string) => readonly string[] | undefined,
): Uint32Array {
  const keys = sorting.flatMap(({ id, desc }) => {
    const column = dataset.find(id);
    return column ? [{ codes: column.codes, ranks: column.ranks(orderOf(id)), sign: desc ? -1 : 1 }] : [];
  });
  if (keys.length === 0) return rows;
  return rows.slice().sort((a, b) => {
    for (const { codes, ranks, sign } of keys) {
      const left = codes[a]!;
      const right = codes[b]!;
      if (left === right) continue;
      if (left === 0 || right === 0) return left === 0 ? 1 : -1;
      const order = ranks[left]! - ranks[right]!;
      if (order !== 0) return order * sign;
    }
    return a - b;
  });
}
