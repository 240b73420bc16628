/** A column as packed by the report: each distinct value once, sorted, and one code a row (0 = not known). */

export type Value = string | number | boolean | string[] | Record<string, string>;

interface ColumnHeader {
  name: string;
  type: string;
  title: string;
  meaning: string;
  values: [offset: number, length: number, count: number];
  codes: [offset: number, width: number];
}

export interface TableHeader {
  rows: number;
  columns: ColumnHeader[];
}

export class Column {
  readonly name: string;
  readonly type: string;
  readonly title: string;
  readonly meaning: string;
  readonly distinct: number;
  readonly codes: Uint8Array | Uint16Array | Uint32Array;
  readonly #text: () => string;
  #values: Value[] | undefined;
  #folded: string[] | undefined;
  #ranks: { order: readonly string[]; ranks: Float64Array } | undefined;

  constructor(header: ColumnHeader, rows: number, blob: Uint8Array) {
    this.name = header.name;
    this.type = header.type;
    this.title = header.title;
    this.meaning = header.meaning;
    this.distinct = header.values[2];
    this.codes = codesOf(header.codes, rows, blob);
    const [offset, length] = header.values;
    this.#text = () => new TextDecoder().decode(blob.subarray(offset, offset + length));
  }

  /** The distinct values, decoded on first use: most columns of a large report are never looked at. */
  get values(): Value[] {
    this.#values ??= JSON.parse(this.#text()) as Value[];
    return this.#values;
  }

  valueOf(code: number): Value | null {
    return code === 0 ? null : (this.values[code - 1] ?? null);
  }

  at(row: number): Value | null {
    return this.valueOf(this.codes[row] ?? 0);
  }

  text(row: number): string {
    return textOf(this.at(row));
  }

  /** One mark per code, index 0 for "not known". */
  marks(accepts: (value: Value | null) => boolean): Uint8Array {
    const marks = new Uint8Array(this.distinct + 1);
    marks[0] = accepts(null) ? 1 : 0;
    this.values.forEach((value, index) => (marks[index + 1] = accepts(value) ? 1 : 0));
    return marks;
  }

  /** One mark per code whose text contains the already folded needle. */
  containing(needle: string): Uint8Array {
    this.#folded ??= this.values.map((value) => textOf(value).toLowerCase());
    const marks = new Uint8Array(this.distinct + 1);
    this.#folded.forEach((text, index) => (marks[index + 1] = text.includes(needle) ? 1 : 0));
    return marks;
  }

  /** Sort keys per code: the packed order, or the place in `order` where words have a rank of their own. */
  ranks(order: readonly string[] | undefined): Float64Array {
    if (this.#ranks && this.#ranks.order === order) return this.#ranks.ranks;
    const ranks = Float64Array.from({ length: this.distinct + 1 }, (_, code) => code);
    if (order) this.values.forEach((value, index) => (ranks[index + 1] = order.indexOf(textOf(value)) + 1));
    if (order) this.#ranks = { order, ranks };
    return ranks;
  }
}

function codesOf([offset, width]: [number, number], rows: number, blob: Uint8Array) {
  const start = blob.byteOffset + offset;
  if (width === 0) return new Uint8Array(rows).fill(offset);
  if (width === 1) return new Uint8Array(blob.buffer, start, rows);
  return width === 2 ? new Uint16Array(blob.buffer, start, rows) : new Uint32Array(blob.buffer, start, rows);
}

/** A value as the CSV prints it: lists joined by `;`, maps as compact JSON. */
export function textOf(value: Value | null): string {
  if (value === null) return "";
  if (Array.isArray(value)) return value.join(";");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

export class Dataset {
  readonly name: string;
  readonly rows: number;
  readonly columns: readonly Column[];
  readonly #byName: Map<string, Column>;

  constructor(name: string, header: TableHeader, blob: Uint8Array) {
    this.name = name;
    this.rows = header.rows;
    this.columns = header.columns.map((column) => new Column(column, header.rows, blob));
    this.#byName = new Map(this.columns.map((column) => [column.name, column]));
  }

  find(name: string): Column | undefined {
    return this.#byName.get(name);
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  at(name: string, row: number): Value | null {
    return this.find(name)?.at(row) ?? null;
  }

  text(name: string, row: number): string {
    return textOf(this.at(name, row));
  }

  list(name: string, row: number): string[] {
    const value = this.at(name, row);
    return Array.isArray(value) ? value : value === null ? [] : [String(value)];
  }

  number(name: string, row: number): number | null {
    const value = this.at(name, row);
    return typeof value === "number" ? value : null;
  }

  /** How many rows have each code of a column, among `chosen` rows or all of them. */
  tally(column: Column, chosen?: Uint32Array): Uint32Array {
    const counts = new Uint32Array(column.distinct + 1);
    const { codes } = column;
    if (!chosen) for (let row = 0; row < this.rows; row++) counts[codes[row]!]!++;
    else for (const row of chosen) counts[codes[row]!]!++;
    return counts;
  }
}
