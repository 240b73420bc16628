/** What a set of paths is made of: the things on the way from a key to its target, and the steps between them. */

import { accountOf, endsOf, type Hop, type Path, shortName, type Statement } from "./evidence";

export interface Subject {
  readonly key: string;
  readonly account: string;
  readonly accountName: (id: string) => string;
  readonly target: string;
  /** Whether the paths lead to what no verdict counts: then their ends say what it is. */
  readonly apart: boolean;
  /** The account of the named store that the paths lead to, and whether it is a KMS key. */
  readonly home?: string;
  readonly isKey?: boolean;
  readonly methodTitle: (id: string) => string;
}

export interface Building {
  readonly kind: string;
  readonly name: string;
  readonly full: string;
  readonly parts: Set<string>;
}

export class Builder {
  readonly nodes = new Map<string, Building>();
  readonly edges = new Map<string, { from: string; to: string; labels: Set<string>; sure: boolean }>();

  /** A thing drawn once; `scope` tells apart what has the same name in two places. */
  node(kind: string, full: string, { name = shortName(full), scope = "", part = "" } = {}): string {
    const id = JSON.stringify([kind, scope, full]);
    const node = this.nodes.get(id) ?? { kind, name, full, parts: new Set<string>() };
    if (part) node.parts.add(part);
    this.nodes.set(id, node);
    return id;
  }

  edge(from: string, to: string, labels: readonly string[], sure: boolean): void {
    if (from === to) return;
    const id = JSON.stringify([from, to]);
    const edge = this.edges.get(id) ?? { from, to, labels: new Set<string>(), sure: false };
    for (const label of labels) edge.labels.add(label);
    edge.sure ||= sure;
    this.edges.set(id, edge);
  }
}

/** What a hop into a principal or account is called: assuming, or the escalation methods that do it. */
export function waysOf(by: string, methodTitle: (id: string) => string): string[] {
  if (by === "") return [];
  if (by.startsWith("role:")) return ["assumes"];
  return by.split(",").map((way) => (way.startsWith("escalation:") ? methodTitle(way.slice("escalation:".length)) : way));
}

/** The account in `administrator of 123456789012`, or in an ARN. */
export function accountIn(name: string): string {
  return accountOf(name) || (/\d{12}$/.exec(name)?.[0] ?? "");
}

/** Statements of no policy: an administrator may do everything, and so may the root user. */
export function isWritten({ attached_to }: Statement): boolean {
  return attached_to !== "administrator" && attached_to !== "root user";
}

/** Statements of a store's own side: its policy, its grants, its key's policy. */
export function isOfStore({ attached_to }: Statement): boolean {
  return /^(bucket|table|database|secret|parameter|key|grant of) /.test(attached_to);
}

function isKeys({ attached_to }: Statement): boolean {
  return /^(key|grant of) /.test(attached_to);
}

/**
 * The statements by which the principal of a hop takes its next step. Evidence names a role, but of users only
 * `user`: where a path leads to a second user, the first one's statements are those of one policy.
 */
function stepsOf(path: Path, at: number): Statement[] {
  const hop = path.hops[at]!;
  const end = path.hops.find(({ kind }) => kind === "policy");
  const allowing = path.statements.filter(({ effect, attached_to, policy_name }) => effect !== "Deny" && !(end?.by === attached_to && end.name === policy_name));
  if (hop.kind === "role") return allowing.filter(({ attached_to }) => attached_to === `role ${shortName(hop.name)}`);
  if (hop.kind !== "user") return [];
  const users = allowing.filter(({ attached_to }) => attached_to === "user" || attached_to.startsWith("group "));
  if (!path.hops.some(({ kind }, place) => kind === "user" && place > 0)) return users;
  return users.filter(({ policy_name }) => (policy_name === users[0]?.policy_name) === (at === 0));
}

class Tracer {
  /** The nodes from which the next hop is drawn. */
  #ends: string[];
  #account: string;
  /** The principal whose policies have not been drawn yet. */
  #principal: { at: number; id: string } | null = null;
  #isAccount = false;
  readonly #passed = new Set<string>();
  /** How a step was taken that led back to where the path had been, such as into a group: said on the next one. */
  #pending: readonly string[] = [];
  readonly #sure: boolean;

  constructor(
    private readonly builder: Builder,
    private readonly path: Path,
    private readonly subject: Subject,
  ) {
    this.#ends = [builder.node("key", subject.key)];
    this.#account = subject.account;
    this.#sure = path.verdict !== "conditional" && path.verdict !== "unknown";
  }

  trace(): void {
    this.path.hops.forEach((hop, at) => {
      if (hop.kind === "policy") this.#policy(hop);
      else if (hop.kind === "group") this.#to(this.builder.node("group", hop.name, { scope: this.#account }), []);
      else if (hop.kind !== "data") this.#step(hop, at);
    });
    this.#end();
  }

  #to(id: string, labels: readonly string[]): void {
    for (const end of this.#ends) this.builder.edge(end, id, [...this.#pending, ...labels], this.#sure);
    this.#ends = [id];
    this.#pending = [];
  }

  /** Into a principal or an account, through the policies that allow the step. */
  #step(hop: Hop, at: number): void {
    this.#ownPolicies();
    this.#account = accountIn(hop.name) || this.#account;
    this.#isAccount = hop.kind === "account";
    const id = this.#isAccount ? this.#accountNode(hop.name) : this.builder.node(hop.kind, hop.name, hop.kind === "root" ? { name: "root" } : {});
    const ways = waysOf(hop.by, this.subject.methodTitle);
    if (this.#passed.has(id)) {
      this.#pending = ways;
      return;
    }
    this.#passed.add(id);
    this.#to(id, ways);
    this.#principal = { at, id };
  }

  #accountNode(name: string): string {
    const id = accountIn(name);
    return this.builder.node("account", id || name, { name: id ? this.subject.accountName(id) : name });
  }

  /** The policies of the principal reached last, each from its group where it comes by one. */
  #ownPolicies(): void {
    const principal = this.#principal;
    this.#principal = null;
    if (!principal) return;
    const statements = stepsOf(this.path, principal.at);
    if (statements.length === 0) return;
    const ends = new Set<string>();
    for (const statement of statements) {
      this.#ends = [principal.id];
      const group = /^group (.+)$/.exec(statement.attached_to)?.[1];
      if (group) this.#to(this.builder.node("group", group, { scope: this.#account }), []);
      const [holder = principal.id] = this.#ends;
      this.#to(this.#policyNode(statement.policy_name, statement.policy_arn, holder, statement.statement_index), []);
      ends.add(this.#ends[0]!);
    }
    this.#ends = [...ends];
  }

  #policyNode(name: string, arn: string | null, scope: string, index: number | undefined): string {
    return this.builder.node("policy", arn ?? name, { name, scope, part: index === undefined ? "" : String(index) });
  }

  /** The policy at the path's end; what an administrator or root may do stands in none. */
  #policy(hop: Hop): void {
    this.#principal = null;
    if (hop.by === "administrator" || hop.by === "root user") return;
    const found = this.path.statements.filter(({ attached_to, policy_name }) => attached_to === hop.by && policy_name === hop.name);
    const scope = this.#ends[0] ?? "";
    const [first] = found;
    const id = this.#policyNode(hop.name, first?.policy_arn ?? null, scope, first?.statement_index);
    for (const { policy_arn, statement_index } of found) this.#policyNode(hop.name, policy_arn, scope, statement_index);
    this.#to(id, []);
  }

  /**
   * The store's own policy, and that of the key which encrypts it. In one account either side is enough, so that an
   * arrow leads past it; across accounts, and of a KMS key, both sides must allow:
   * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
   */
  #ofStore(): void {
    const isKey = this.subject.isKey ?? this.path.capability === "kms_decrypt";
    const allowing = this.path.statements.filter((one) => isOfStore(one) && one.effect !== "Deny");
    const ofKey = isKey ? [] : allowing.filter(isKeys);
    const own = allowing.filter((one) => !ofKey.includes(one));
    const past = this.#ends;
    const role = own.length === 0 ? "" : this.#role(isKey);
    this.#sideNodes("own", own, role);
    if (role === EITHER) this.#ends = [...past, ...this.#ends];
    this.#sideNodes("key-policy", ofKey, "must decrypt it");
  }

  #role(isKey: boolean): string {
    const reader = this.path.hops.filter(({ kind }) => kind === "user" || kind === "root" || kind === "role" || kind === "account").at(-1);
    const ofReader = reader?.kind === "role" ? `role ${shortName(reader.name)}` : "";
    const byItself = this.path.statements.some((one) => {
      if (isOfStore(one) || one.effect === "Deny" || (!isKey && one.actions.length > 0 && one.actions.every((action) => /^kms:/i.test(action)))) return false;
      return ofReader ? one.attached_to === ofReader : one.attached_to === "user" || one.attached_to.startsWith("group ") || !isWritten(one);
    });
    if (!byItself && reader?.kind !== "account") return ALONE;
    return isKey || (reader && this.subject.home && accountIn(reader.name) !== this.subject.home) ? BOTH : EITHER;
  }

  #sideNodes(kind: string, statements: readonly Statement[], label: string): void {
    if (statements.length === 0) return;
    const from = this.#ends;
    const reached = new Set<string>();
    for (const { attached_to, policy_name, statement_index } of statements) {
      const grant = attached_to.startsWith("grant of ");
      this.#ends = from;
      this.#to(this.builder.node(grant ? "grant" : kind, `${attached_to}: ${policy_name}`, { name: grant ? attached_to : policy_name, part: grant ? "" : String(statement_index) }), label ? [label] : []);
      reached.add(this.#ends[0]!);
    }
    this.#ends = [...reached];
  }

  #end(): void {
    this.#ownPolicies();
    if (!this.#isAccount && this.subject.home) this.#account = this.subject.home;
    if (!this.#isAccount) this.#to(this.#accountNode(this.#account), []);
    this.#ofStore();
    const { capability, dataClass } = this.path;
    const { apart, target } = this.subject;
    const kind = capability === "admin_access" ? "admin" : apart && dataClass === "" ? "noted" : "data";
    const labels = apart ? endsOf(this.path) : [CLASSES[dataClass] ?? ""].filter(Boolean);
    this.#to(this.builder.node(kind, target, { scope: this.#account }), labels);
  }
}

/** What the store's own side has to do with it, beside what the reader's policies allow. */
const ALONE = "alone allows it";
const BOTH = "must allow it too";
const EITHER = "allows it too";

const CLASSES: Record<string, string> = { copied: "copied out", granted: "by granting it to itself", credentials: "by credentials" };

export function trace(paths: readonly Path[], subject: Subject): Builder {
  const builder = new Builder();
  for (const path of paths) new Tracer(builder, path, subject).trace();
  return builder;
}
