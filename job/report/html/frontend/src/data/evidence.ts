/** The paths by which a key gets somewhere, read on demand from the block that holds the key's findings. */

import { open } from "./container";
import type { Dataset } from "./dataset";

export interface Hop {
  readonly kind: string;
  readonly name: string;
  readonly by: string;
}

export interface Statement {
  readonly attached_to: string;
  readonly policy_name: string;
  readonly policy_arn: string | null;
  readonly statement_index: number;
  readonly statement_sid: string | null;
  readonly effect: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions: unknown;
}

export interface Witness {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly context: Record<string, readonly string[]>;
}

export interface Path {
  readonly capability: string;
  readonly verdict: string;
  readonly dataClass: string;
  readonly methods: readonly string[];
  readonly hops: readonly Hop[];
  readonly statements: readonly Statement[];
  readonly narrowedBy: string;
  readonly witness: Witness | null;
  readonly note: string;
}

interface BlockExtra {
  /** Paths that were left out of the page, by account, user and capability joined with spaces. */
  readonly more: Record<string, number>;
}

export interface Paths {
  readonly shown: readonly Path[];
  /** How many more each capability has than the page holds. */
  readonly more: Record<string, number>;
}

/** A principal's paths; `block` is null for one without any. */
export async function pathsOf(block: number | null, account: string, user: string): Promise<Paths> {
  if (block === null) return { shown: [], more: {} };
  const { tables, extra } = await open<BlockExtra>(`evidence-${block}`);
  const findings = tables.get("findings")!;
  const shown = rowsOf(findings, account, user).map((row) => pathOf(findings, row));
  const mark = `${account} ${user} `;
  const more = Object.entries(extra.more).filter(([name]) => name.startsWith(mark));
  return { shown, more: Object.fromEntries(more.map(([name, paths]) => [name.slice(mark.length), paths])) };
}

function rowsOf(findings: Dataset, account: string, user: string): number[] {
  const accounts = findings.find("account_id")!;
  const users = findings.find("user_name")!;
  const wanted = accounts.values.indexOf(account) + 1;
  const named = users.values.indexOf(user) + 1;
  const rows: number[] = [];
  for (let row = 0; row < findings.rows; row++) {
    if (accounts.codes[row] === wanted && users.codes[row] === named) rows.push(row);
  }
  return rows;
}

function pathOf(findings: Dataset, row: number): Path {
  const action = findings.text("witness_action", row);
  return {
    capability: findings.text("capability", row),
    verdict: findings.text("verdict", row),
    dataClass: findings.text("data_class", row),
    methods: findings.list("methods", row),
    hops: parsed<Hop[]>(findings.text("path", row), []),
    statements: parsed<Statement[]>(findings.text("evidence", row), []),
    narrowedBy: findings.text("narrowed_by", row),
    witness: action
      ? {
          principal: findings.text("witness_principal", row),
          action,
          resource: findings.text("witness_resource", row),
          context: parsed<Record<string, string[]>>(findings.text("witness_context", row), {}),
        }
      : null,
    note: findings.text("note", row),
  };
}

export function parsed<Shape>(text: string, otherwise: Shape): Shape {
  return text ? (JSON.parse(text) as Shape) : otherwise;
}

/** What a path gets at, as its last hop says. */
export function endsOf(path: Path): string[] {
  return path.hops.filter(({ kind }) => kind === "data").flatMap(({ name }) => name.split("; "));
}

/** `arn:aws:iam::123456789012:role/path/name` as `name`. */
export function shortName(name: string): string {
  if (!name.startsWith("arn:")) return name;
  const resource = name.split(":").slice(5).join(":");
  return resource.slice(resource.lastIndexOf("/") + 1) || name;
}

export function accountOf(arn: string): string {
  return arn.startsWith("arn:") ? (arn.split(":")[4] ?? "") : "";
}
