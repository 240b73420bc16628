/** The drawing of a set of paths: where each thing and step stands, and how much of its name fits. */

import dagre from "@dagrejs/dagre";
import type { Path } from "./evidence";
import { type Subject, trace } from "./trace";

export interface Node {
  readonly id: string;
  readonly kind: string;
  /** Words beside the kind, such as which statement of a policy. */
  readonly part: string;
  /** As much of the name as the node has room for. */
  readonly name: string;
  readonly full: string;
  readonly width: number;
  readonly height: number;
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

const NODE = { narrowest: 104, widest: 262, height: 50, beside: 52 };
const LABEL = { line: 20, lines: 2, character: 5.8, height: 14 };
/** What is told with its statements, other than a policy. */
const PARTED: Record<string, string> = { own: "Policy of the store", "key-policy": "Policy of its key" };
const NAME_FONT = "560 12px Inter, system-ui, sans-serif";

const pen = document.createElement("canvas").getContext("2d");

function lengthOf(text: string): number {
  if (!pen) return text.length * 7;
  pen.font = NAME_FONT;
  return pen.measureText(text).width;
}

/** The text as long as it fits, its middle left out: the ends of a name tell more. */
function fitted(text: string): string {
  const room = NODE.widest - NODE.beside;
  const points = [...text.slice(0, 400)];
  if (lengthOf(points.join("")) <= room) return text;
  let kept = Math.min(points.length - 1, 40);
  const cut = () => `${points.slice(0, Math.ceil(kept * 0.6)).join("")}…${points.slice(points.length - Math.floor(kept * 0.4)).join("")}`;
  while (kept > 4 && lengthOf(cut()) > room) kept--;
  return cut();
}

function partOf(parts: ReadonlySet<string>): string {
  const sorted = [...parts].sort((a, b) => Number(a) - Number(b));
  if (sorted.length === 0) return "";
  return sorted.length === 1 ? `statement ${sorted[0]}` : `statements ${sorted.slice(0, 4).join(", ")}${sorted.length > 4 ? "…" : ""}`;
}

/** Where everything of these paths stands; `down` draws from top to bottom, for narrow places. */
export function draw(paths: readonly Path[], subject: Subject, down: boolean): Drawing {
  const builder = trace(paths, subject);
  const nodes = [...builder.nodes].map(([id, { kind, name, full, parts }]) => node(id, kind, name, full, partOf(parts)));
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: down ? "TB" : "LR", ranksep: 26, nodesep: 16, edgesep: 12, marginx: 6, marginy: 6 });
  for (const { id, width } of nodes) graph.setNode(id, { width, height: NODE.height });
  for (const { from, to, labels } of builder.edges.values()) graph.setEdge(from, to, { ...labelSize(linesOf([...labels])), labelpos: "c" });
  dagre.layout(graph);
  const size = graph.graph() as { width?: number; height?: number };
  return {
    nodes: nodes.map((one) => {
      const { x = 0, y = 0 } = graph.node(one.id) as { x?: number; y?: number };
      return { ...one, x, y };
    }),
    edges: [...builder.edges.values()].map(({ from, to, labels, sure }) => {
      const edge = graph.edge(from, to) as { points: { x: number; y: number }[]; x?: number; y?: number };
      return { from, to, labels: [...labels], sure, points: edge.points, lines: linesOf([...labels]), at: { x: edge.x ?? 0, y: edge.y ?? 0 } };
    }),
    width: size.width ?? 0,
    height: size.height ?? 0,
  };
}

function node(id: string, kind: string, name: string, full: string, part: string): Node {
  const shown = kind === "key" ? name : fitted(name);
  const words = Math.max(lengthOf(shown), lengthOf(part ? `${PARTED[kind] ?? "Policy"}, ${part}` : "Access key") * 0.9, kind === "key" ? shown.length * 6.95 : 0);
  return { id, kind, part, name: shown, full, width: Math.round(Math.max(NODE.narrowest, words + NODE.beside)), height: NODE.height };
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
