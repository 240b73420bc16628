/** The drawing of a set of paths: what is on it (key, user, group, policy, role, account, data) and where. */

import dagre from "@dagrejs/dagre";
import { accountOf, type Hop, type Path, shortName, type Statement } from "./evidence";

export interface Node {
  readonly id: string;
  readonly kind: string;
  /** Words beside the kind, such as which statement of a policy. */
  readonly part: string;
  readonly name: string;
  readonly full: string;
}

export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly labels: readonly string[];
  readonly sure: boolean;
}

export interface Drawing {
  readonly nodes: readonly (Node & { readonly x: number; readonly y: number })[];
  readonly edges: readonly (Edge & { readonly points: readonly { x: number; y: number }[]; readonly lines: readonly string[]; readonly at: { x: number; y: number } })[];
  readonly width: number;
  readonly height: number;
}

export interface Subject {
  readonly key: string;
  readonly account: string;
  readonly accountName: (id: string) => string;
  readonly target: string;
  readonly methodTitle: (id: string) => string;
}

export const NODE = { width: 190, height: 50 };
const LABEL = { line: 20, lines: 2, character: 5.8, height: 14 };

class Builder {
  readonly nodes = new Map<string, Node>();
  readonly edges = new Map<string, { from: string; to: string; labels: Set<string>; sure: boolean }>();

  node(kind: string, full: string, name = shortName(full), scope = "", part = ""): string {
    const id = JSON.stringify([kind, scope, full, part]);
    if (!this.nodes.has(id)) this.nodes.set(id, { id, kind, name, full, part });
    return id;
  }

  edge(from: string, to: string, label: string, sure: boolean): void {
    if (from === to) return;
    const id = JSON.stringify([from, to]);
    const edge = this.edges.get(id) ?? { from, to, labels: new Set<string>(), sure: false };
    if (label) edge.labels.add(label);
    edge.sure ||= sure;
    this.edges.set(id, edge);
  }
}

/** The statements that permit something to the principal of hop `at`; the first hop's also come by its groups. */
function ownOf(path: Path, at: number): Statement[] {
  const hop = path.hops[at]!;
  return path.statements.filter(({ attached_to, effect }) => {
    if (effect === "Deny") return false;
    const [kind = "", ...rest] = attached_to.split(" ");
    if (kind === "user" || kind === "group") return at === 0;
    return kind === "role" && (hop.kind === "role" || hop.kind === "account") && rest.join(" ") === shortName(hop.name);
  });
}

function wayOf(by: string, subject: Subject): string {
  if (by.startsWith("role:")) return "assumes";
  if (by.startsWith("escalation:")) return subject.methodTitle(by.slice("escalation:".length));
  return by;
}

/** Draws what lies between a principal and the next thing: its group and its policy, where the path names them. */
function through(builder: Builder, from: string, statements: readonly Statement[], sure: boolean): string[] {
  if (statements.length === 0) return [from];
  return statements.map((statement) => {
    let holder = from;
    if (statement.attached_to.startsWith("group ")) {
      holder = builder.node("group", statement.attached_to.slice(6), undefined, from);
      builder.edge(from, holder, "", sure);
    }
    const part = `statement ${statement.statement_index}`;
    const policy = builder.node("policy", statement.policy_arn ?? statement.policy_name, statement.policy_name, holder, part);
    builder.edge(holder, policy, "", sure);
    return policy;
  });
}

function add(builder: Builder, path: Path, subject: Subject): void {
  const sure = path.verdict !== "conditional" && path.verdict !== "unknown";
  let before = [builder.node("key", subject.key)];
  let way = "";
  path.hops.forEach((hop: Hop, at) => {
    const here = builder.node(hop.kind, hop.name, hop.kind === "root" ? "Root user" : undefined);
    for (const from of before) builder.edge(from, here, at === 0 ? "" : wayOf(hop.by, subject), sure);
    before = through(builder, here, ownOf(path, at), sure);
    way = hop.by;
  });
  const last = path.hops.at(-1);
  const account = (last && accountOf(last.name)) || (last?.kind === "account" ? last.name : subject.account);
  const place = builder.node("account", account, subject.accountName(account));
  const own = path.methods.filter((method) => way !== `escalation:${method}`);
  for (const from of before) builder.edge(from, place, own.map(subject.methodTitle)[0] ?? "", sure);
  const kind = path.capability === "admin_access" ? "admin" : "data";
  const classes: Record<string, string> = { copied: "copied out", granted: "by granting it to itself", credentials: "by credentials" };
  builder.edge(place, builder.node(kind, subject.target, undefined, account), classes[path.dataClass] ?? "", sure);
}

export function draw(paths: readonly Path[], subject: Subject, down: boolean): Drawing {
  const builder = new Builder();
  for (const path of paths) add(builder, path, subject);
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: down ? "TB" : "LR", ranksep: down ? 30 : 30, nodesep: 16, edgesep: 12, marginx: 6, marginy: 6 });
  for (const node of builder.nodes.values()) graph.setNode(node.id, { ...NODE });
  for (const { from, to, labels } of builder.edges.values()) {
    graph.setEdge(from, to, { ...labelSize(linesOf([...labels])), labelpos: "c" });
  }
  dagre.layout(graph);
  const size = graph.graph() as { width?: number; height?: number };
  return {
    nodes: [...builder.nodes.values()].map((node) => {
      const { x = 0, y = 0 } = graph.node(node.id) as { x?: number; y?: number };
      return { ...node, x, y };
    }),
    edges: [...builder.edges.values()].map(({ from, to, labels, sure }) => {
      const edge = graph.edge(from, to) as { points: { x: number; y: number }[]; x?: number; y?: number };
      return { from, to, labels: [...labels], sure, points: edge.points, lines: linesOf([...labels]), at: { x: edge.x ?? 0, y: edge.y ?? 0 } };
    }),
    width: size.width ?? 0,
    height: size.height ?? 0,
  };
}

/** The first label in at most two short lines; a number says how many more there are. */
function linesOf(labels: readonly string[]): string[] {
  const [first] = labels;
  if (!first) return [];
  const lines = [""];
  for (const word of (labels.length > 1 ? `${first} +${labels.length - 1}` : first).split(" ")) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (longer.length <= LABEL.line) lines[lines.length - 1] = longer;
    else lines.push(word.slice(0, LABEL.line));
  }
  if (lines.length <= LABEL.lines) return lines;
  return [...lines.slice(0, LABEL.lines - 1), `${lines[LABEL.lines - 1]!.slice(0, LABEL.line - 1)}…`];
}

export function labelSize(lines: readonly string[]): { width: number; height: number } {
  const longest = Math.max(0, ...lines.map((text) => text.length));
  return longest === 0 ? { width: 0, height: 0 } : { width: longest * LABEL.character + 10, height: lines.length * LABEL.height + 4 };
}
