/** Where the reader is, kept in the address's hash so that every view can be linked to and gone back to. */

import { type Filters, NO_FILTERS, type Range, type Sort } from "../data/filter";

export const VIEWS = ["overview", "keys", "data", "credentials", "accounts", "changes", "about"] as const;
export type View = (typeof VIEWS)[number];

export interface Place {
  readonly view: View;
  readonly key: string | null;
  /** The ARN of the store whose page is shown. */
  readonly store: string | null;
  /** The capability whose evidence the key's page shows, or the key whose paths the store's page shows. */
  readonly show: string | null;
  readonly filters: Filters;
  readonly sort: readonly Sort[] | null;
  readonly columns: readonly string[] | null;
}

export const START: Place = {
  view: "overview",
  key: null,
  store: null,
  show: null,
  filters: NO_FILTERS,
  sort: null,
  columns: null,
};

const OWN = new Set(["view", "key", "store", "show", "q", "sort", "cols"]);
const RANGE = /^range\.(.+)$/;

export function read(hash: string): Place {
  const params = new URLSearchParams(hash.replace(/^#/, ""));
  const view = VIEWS.find((name) => name === params.get("view")) ?? "overview";
  return {
    view,
    key: params.get("key"),
    store: params.get("store"),
    show: params.get("show"),
    filters: filtersOf(params),
    sort: params.has("sort") ? (params.get("sort") ?? "").split(",").filter(Boolean).map(sortOf) : null,
    columns: params.has("cols") ? (params.get("cols") ?? "").split(",").filter(Boolean) : null,
  };
}

function sortOf(text: string): Sort {
  return text.startsWith("-") ? { id: text.slice(1), desc: true } : { id: text, desc: false };
}

function filtersOf(params: URLSearchParams): Filters {
  const sets = new Map<string, string[]>();
  const ranges = new Map<string, Range>();
  for (const [name, value] of params) {
    const range = RANGE.exec(name)?.[1];
    if (range) ranges.set(range, rangeOf(value));
    else if (!OWN.has(name)) sets.set(name, [...(sets.get(name) ?? []), value]);
  }
  return { q: params.get("q") ?? "", sets, ranges };
}

function rangeOf(text: string): Range {
  const [from = "", to = ""] = text.split("..");
  return [numberOf(from), numberOf(to)];
}

function numberOf(text: string): number | null {
  return text.trim() === "" || Number.isNaN(Number(text)) ? null : Number(text);
}

export function write(place: Place): string {
  const params = new URLSearchParams();
  if (place.key !== null) params.set("key", place.key);
  if (place.store !== null) params.set("store", place.store);
  if (place.show !== null) params.set("show", place.show);
  if (place.view !== "overview") params.set("view", place.view);
  if (place.filters.q) params.set("q", place.filters.q);
  for (const [name, texts] of place.filters.sets) for (const text of texts) params.append(name, text);
  for (const [name, [from, to]] of place.filters.ranges) params.set(`range.${name}`, `${from ?? ""}..${to ?? ""}`);
  if (place.sort) params.set("sort", place.sort.map(({ id, desc }) => (desc ? `-${id}` : id)).join(","));
  if (place.columns) params.set("cols", place.columns.join(","));
  return `#${params}`;
}

export function keyLink(key: string): string {
  return write({ ...START, key });
}

export function storeLink(store: string): string {
  return write({ ...START, store });
}

export function withSet(filters: Filters, name: string, texts: readonly string[]): Filters {
  const sets = new Map(filters.sets);
  if (texts.length > 0) sets.set(name, texts);
  else sets.delete(name);
  return { ...filters, sets };
}

export function withRange(filters: Filters, name: string, range: Range | null): Filters {
  const ranges = new Map(filters.ranges);
  if (range && (range[0] !== null || range[1] !== null)) ranges.set(name, range);
  else ranges.delete(name);
  return { ...filters, ranges };
}

export function withToggled(filters: Filters, name: string, text: string): Filters {
  const chosen = filters.sets.get(name) ?? [];
  return withSet(filters, name, chosen.includes(text) ? chosen.filter((one) => one !== text) : [...chosen, text]);
}
