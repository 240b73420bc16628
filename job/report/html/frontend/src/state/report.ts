/** The report as the page holds it: its tables, what describes them, and the questions every view asks. */

import { type Packed } from "../data/container";
import type { Column, Dataset } from "../data/dataset";
import { facet, fieldOf, match, NO_FILTERS } from "../data/filter";
import { orderOf, sentence, shortTitle } from "../data/words";
import { withSet } from "./address";

export interface Capability {
  readonly id: string;
  readonly title: string;
}

export interface RiskRule {
  readonly id: string;
  readonly level: string;
  readonly action: string;
  readonly when: string;
  readonly why: string;
}

/** What the policy file accepts; `state` is `holds`, `expired`, `unmatched` or `not_needed`. */
export interface Exception {
  readonly id: string;
  readonly reason: string;
  readonly owner: string | null;
  readonly expires: string;
  readonly state: string;
  /** Access keys, and other credentials, that one of its rules applies to. */
  readonly keys: number;
  readonly credentials: number;
}

/** What the report tells beside its tables. */
export interface Extra {
  readonly title: string;
  readonly reportDate: string;
  readonly previousDate: string | null;
  readonly organizationId: string | null;
  readonly capabilities: readonly Capability[];
  /** What paths are called that no verdict counts. */
  readonly toldApart: readonly Capability[];
  /** The tags that the report has columns for. */
  readonly tags: readonly string[];
  readonly methods: Record<string, string>;
  readonly riskRules: readonly RiskRule[];
  /** Why each rule for credentials counts, by its id. */
  readonly credentialWhys: Record<string, string>;
  /** Whether the run was to read data stores. */
  readonly storesAsked: boolean;
  /** Rows of the datasets that the page leaves to the files. */
  readonly left: { readonly stores: number; readonly access: number };
  readonly exceptions: readonly Exception[];
  /** What of the policy file is about nothing, in words. */
  readonly policyRemarks: readonly string[];
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly licences: string;
}

const LONG = new Set(["list", "map"]);

export class Report {
  readonly keys: Dataset;
  readonly accounts: Dataset;
  /** For each key the block that holds its paths. */
  readonly blocks: Dataset;
  readonly changes: Dataset;
  readonly stores: Dataset;
  readonly credentials: Dataset;
  readonly extra: Extra;
  readonly capabilityIds: ReadonlySet<string>;
  readonly #titles: ReadonlyMap<string, string>;
  readonly #whys: ReadonlyMap<string, string>;
  #rowsByKey: Map<string, number> | undefined;
  #open: Uint32Array | undefined;

  constructor({ tables, extra }: Packed<Extra>) {
    this.keys = tables.get("keys")!;
    this.accounts = tables.get("accounts")!;
    this.blocks = tables.get("blocks")!;
    this.changes = tables.get("changes")!;
    this.stores = tables.get("stores")!;
    this.credentials = tables.get("credentials")!;
    this.extra = extra;
    this.capabilityIds = new Set(extra.capabilities.map(({ id }) => id));
    this.#whys = new Map(extra.riskRules.map(({ id, why }) => [id, why]));
    this.#titles = new Map(extra.capabilities.map(({ id, title }) => [id, title]));
  }

  orderOf = (column: string): readonly string[] | undefined => orderOf(column, this.capabilityIds);

  capabilityTitle(id: string): string {
    return id === "admin_access" ? "Administrator" : (this.#titles.get(id) ?? sentence(id));
  }

  /** A risk reason in words. */
  whyOf(reason: string): string {
    return this.#whys.get(reason) ?? sentence(reason);
  }

  titleOf(column: Column): string {
    return shortTitle(column.name) ?? this.#titles.get(column.name) ?? column.title;
  }

  isLong(column: Column): boolean {
    return LONG.has(column.type);
  }

  /** What a link calls a key: its id, or account and user where AWS tells no id (keys of a root user). */
  keyOf(row: number): string {
    const id = this.keys.text("access_key_id", row);
    if (id) return id;
    const [account, user] = [this.keys.text("account_id", row), this.keys.text("user_name", row)];
    return `${account}/${user}/${this.keys.text("key_created_at", row)}`;
  }

  rowOf(key: string): number | null {
    this.#rowsByKey ??= new Map(Array.from({ length: this.keys.rows }, (_, row) => [this.keyOf(row), row]));
    return this.#rowsByKey.get(key) ?? null;
  }

  storeRowOf(arn: string): number | null {
    const column = this.stores.find("store_arn");
    const code = column ? column.values.indexOf(arn) + 1 : 0;
    const row = code > 0 ? column!.codes.indexOf(code) : -1;
    return row < 0 ? null : row;
  }

  /** The CSV file of a dataset, below the report's folder. */
  fileOf(dataset: string): string {
    return `csv/${dataset}/dt=${this.extra.reportDate}/${dataset}-${this.extra.reportDate}.csv`;
  }

  /** How many keys have each text of a column, among `rows` or all of them. */
  countsOf(column: string, rows?: Uint32Array): Map<string, number> {
    const field = fieldOf(this.keys, column);
    return field ? facet(this.keys, field, rows) : new Map();
  }

  /** Accounts by coverage word. */
  get coverage(): Map<string, number> {
    const field = fieldOf(this.accounts, "coverage");
    return field ? facet(this.accounts, field) : new Map();
  }

  /** The keys whose risk is not accepted. */
  get open(): Uint32Array {
    this.#open ??= match(this.keys, withSet(NO_FILTERS, "risk_status", ["open"]), []).rows;
    return this.#open;
  }

  get accepted(): number {
    return this.keys.rows - this.open.length;
  }

  exceptionOf(row: number): Exception | undefined {
    const id = this.keys.text("exception_id", row);
    return id ? this.extra.exceptions.find((exception) => exception.id === id) : undefined;
  }

  get unread(): number {
    const coverage = this.coverage;
    return (coverage.get("failed") ?? 0) + (coverage.get("skipped") ?? 0);
  }
}
