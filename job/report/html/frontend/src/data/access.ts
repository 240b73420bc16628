/** Which key reads which named store, read on demand, and the recorded paths that tell how. */

import { open } from "./container";
import { type Hop, parsed, type Path, type Statement } from "./evidence";
import { accountIn, isOfStore } from "./trace";

export interface Access {
  /** The row of the keys table. */
  readonly key: number;
  /** The row of the stores table. */
  readonly store: number;
  readonly verdict: string;
  readonly via: readonly string[];
  readonly reason: string;
  /** From the user to who reads it. */
  readonly hops: readonly Hop[];
  /** What of the store's own side decides: its policy, its grants, its key's policy. */
  readonly ofStore: readonly Statement[];
}

let opened: Promise<readonly Access[]> | undefined;

export function accesses(): Promise<readonly Access[]> {
  opened ??= read();
  return opened;
}

async function read(): Promise<readonly Access[]> {
  const { tables } = await open<object>("access");
  const access = tables.get("access")!;
  return Array.from({ length: access.rows }, (_, row) => ({
    key: access.number("key", row) ?? -1,
    store: access.number("store", row) ?? -1,
    verdict: access.text("verdict", row),
    via: access.list("via", row),
    reason: access.text("reason", row),
    hops: parsed<Hop[]>(access.text("path", row), []),
    ofStore: parsed<Statement[]>(access.text("store_statements", row), []),
  }));
}

const CAPABILITIES: Record<string, string> = {
  bucket: "s3_read",
  table: "dynamodb_read",
  db_cluster: "rds_read",
  db_instance: "rds_read",
  secret: "secrets_read",
  parameter: "secrets_read",
  kms_key: "kms_decrypt",
};

interface Store {
  readonly type: string;
  readonly arn: string;
  readonly account: string;
}

/**
 * The paths by which an access comes about: those recorded of its kind that lead to who reads it, by a statement that
 * its reason names, each with what the store's own side says to that reader; and the one that decides where none is
 * recorded.
 */
export function pathsTo(access: Access, store: Store, user: string, paths: readonly Path[]): Path[] {
  const found = paths.filter((path) => path.capability === CAPABILITIES[store.type] && leads(path, access.via, store.account) && path.statements.some((one) => names(access.reason, one)));
  const told = found.map((path) => ({ ...path, verdict: access.verdict, witness: path.witness?.resource.startsWith(store.arn) ? path.witness : null }));
  const reader = access.hops.at(-1)?.name ?? user;
  const deciding = told.filter(({ hops }) => readerOf(hops) === reader);
  if (deciding.length === 0) return [plain(access, user), ...told];
  return [...deciding.map((path) => ({ ...path, statements: [...path.statements.filter((one) => !isOfStore(one)), ...access.ofStore] })), ...told.filter((path) => !deciding.includes(path))];
}

function readerOf(hops: readonly Hop[]): string {
  return hops.filter(({ kind }) => PRINCIPALS.has(kind)).at(-1)?.name ?? "";
}

const PRINCIPALS = new Set(["user", "root", "role", "account"]);

function leads({ hops }: Path, via: readonly string[], storeAccount: string): boolean {
  const last = hops.filter(({ kind }) => PRINCIPALS.has(kind)).at(-1);
  if (last?.kind === "account") return via.includes("admin") && accountIn(last.name) === storeAccount;
  if (last?.kind === "role") return via.includes(`role:${last.name}`) || via.some((way) => way.startsWith("escalation:"));
  return via.includes("direct");
}

/** Whether the reason names a statement, as `user: policy#2`. */
function names(reason: string, { attached_to, policy_name, statement_index }: Statement): boolean {
  const label = `${attached_to}: ${policy_name}#${statement_index}`;
  const at = reason.indexOf(label);
  return at >= 0 && !/\d/.test(reason.charAt(at + label.length));
}

/** Who reads as whom, where no path is recorded that says more. */
function plain({ verdict, reason, hops, ofStore }: Access, user: string): Path {
  const itself = [{ kind: user.endsWith(":root") ? "root" : "user", name: user, by: "" }];
  return { capability: "", verdict, dataClass: "", methods: [], hops: hops.length > 0 ? hops : itself, statements: ofStore, narrowedBy: "", witness: null, note: reason };
}
