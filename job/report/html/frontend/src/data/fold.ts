/** A single long path folded into rows, so that it is read without scrolling. */

import { type Drawing, labelSize } from "./graph";

type Placed = Drawing["nodes"][number];
type Drawn = Drawing["edges"][number];

const ROW = 96;
const MARGIN = 6;
/** What an arrow needs before the first thing of a row. */
const ARROW = 34;

/** The same drawing in as many rows as `room` asks for; one that branches stays as it is. */
export function fold(drawing: Drawing, room: number): Drawing {
  const nodes = [...drawing.nodes].sort((a, b) => a.x - b.x);
  const into = new Map(drawing.edges.map((edge) => [edge.to, edge]));
  if (drawing.edges.length !== nodes.length - 1 || !nodes.slice(1).every(({ id }, index) => into.get(id)?.from === nodes[index]!.id)) return drawing;
  const placed: Placed[] = [];
  const edges: Drawn[] = [];
  let [row, shift] = [0, 0];
  for (const node of nodes) {
    const edge = into.get(node.id);
    const before = placed.at(-1);
    const breaks = before !== undefined && node.x + node.width / 2 - shift > room - MARGIN;
    const lead = edge ? labelSize(edge.lines).width : 0;
    if (breaks) {
      row++;
      shift = node.x - node.width / 2 - MARGIN - lead - (lead ? ARROW * 2 : ARROW);
    }
    const here = { ...node, x: node.x - shift, y: node.y + row * ROW };
    if (edge && before) edges.push(breaks ? turned(edge, before, here, lead) : { ...edge, points: edge.points.map(({ x, y }) => ({ x: x - shift, y: y + row * ROW })), at: { x: edge.at.x - shift, y: edge.at.y + row * ROW } });
    placed.push(here);
  }
  const width = Math.max(...placed.map(({ x, width: across }) => x + across / 2)) + MARGIN;
  return { nodes: placed, edges, width, height: drawing.height + row * ROW };
}

/** An edge to the next row: down from a thing, back below its row, and into the one that begins the next. */
function turned(edge: Drawn, before: Placed, next: Placed, lead: number): Drawn {
  const [lane, left, right] = [next.y - ROW / 2, MARGIN, next.x - next.width / 2];
  const corners = [
    { x: before.x, y: before.y + before.height / 2 },
    { x: before.x, y: lane },
    { x: left, y: lane },
    { x: left, y: next.y },
    { x: right, y: next.y },
  ];
  return { ...edge, points: corners, at: { x: right - ARROW - lead / 2, y: next.y } };
}
