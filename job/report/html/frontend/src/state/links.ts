/** Links to keys and accounts that a number or a bar stands for. */

import { type Filters, NO_FILTERS, type Range } from "../data/filter";
import { START, type View, withRange, withSet, write } from "./address";

export function linkTo(filters: Filters, view: View = "keys"): string {
  return write({ ...START, view, filters });
}

export function linkSet(...sets: readonly (readonly [name: string, texts: readonly string[]])[]): string {
  return linkTo(sets.reduce((filters, [name, texts]) => withSet(filters, name, texts), NO_FILTERS));
}

export function linkRange(name: string, range: Range): string {
  return linkTo(withRange(NO_FILTERS, name, range));
}
