/** Paths as a picture; the list of paths beside it says the same in words. */

import { curveBumpX, curveBumpY, line } from "d3-shape";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Path } from "../data/evidence";
import { usePrinting } from "../state/use";
import { fold } from "../data/fold";
import { draw, labelSize } from "../data/graph";
import type { Subject } from "../data/trace";

const NAMES: Record<string, string> = {
  key: "Access key",
  user: "User",
  root: "Root user",
  group: "Group",
  policy: "Policy",
  role: "Role",
  account: "Account",
  data: "Data",
  admin: "Control",
  noted: "Noted",
  own: "Policy of the store",
  grant: "Grant of the key",
  "key-policy": "Policy of its key",
};

const ICONS: Record<string, string> = {
  key: "M4 8a3 3 0 1 0 6 0 3 3 0 1 0-6 0M10 8h6M14 8v3",
  user: "M10 9a3 3 0 1 0 0-6 3 3 0 0 0 0 6M4.5 16c.6-3.4 2.7-5 5.5-5s4.9 1.6 5.5 5",
  root: "M10 9a3 3 0 1 0 0-6 3 3 0 0 0 0 6M4.5 16c.6-3.4 2.7-5 5.5-5s4.9 1.6 5.5 5",
  group: "M7.5 9a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5M3 15.5c.5-3 2-4.5 4.5-4.5s4 1.5 4.5 4.5M13 4.5a2.3 2.3 0 0 1 0 4.5M14.5 11.3c1.5.6 2.3 2 2.6 4.2",
  policy: "M5 3h7l3 3v11H5zM7.5 9h5M7.5 12h5",
  role: "M4 6.5 10 3l6 3.5-6 3.5zM4 6.5V13l6 3.5 6-3.5V6.5",
  account: "M4 17V5l6-2 6 2v12M8 8h.5M11.5 8h.5M8 11.5h.5M11.5 11.5h.5M8.5 17v-2.5h3V17",
  data: "M4 5.5c0-1.4 2.7-2.5 6-2.5s6 1.1 6 2.5-2.7 2.5-6 2.5-6-1.1-6-2.5M4 5.5v9c0 1.4 2.7 2.5 6 2.5s6-1.1 6-2.5v-9M4 10c0 1.4 2.7 2.5 6 2.5s6-1.1 6-2.5",
  noted: "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14M10 9v4.5M10 6.4v.2",
  admin: "M10 2.5 16 5v4.5c0 4-2.5 6.5-6 8-3.5-1.5-6-4-6-8V5z",
};

/** A picture wider than this is unreadable across a sheet of paper, and is drawn downwards. */
const PAPER = 1250;
/** How small a wide picture may be drawn before it scrolls instead. */
const SMALLEST = 0.62;
/** A single path that would be drawn smaller than this is folded into rows. */
const LEGIBLE = 0.85;

export function PathGraph({ paths, subject, lit, label }: { paths: readonly Path[]; subject: Subject; lit: Path | null; label: string }) {
  const ref = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState(1000);
  const narrow = room < 560;
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => entry && setRoom(entry.contentRect.width));
    if (ref.current) observer.observe(ref.current);
    return () => observer.disconnect();
  }, []);
  const printing = usePrinting();
  const drawing = useMemo(() => {
    const whole = draw(paths, subject, narrow);
    const across = !narrow && whole.width * LEGIBLE > room ? fold(whole, room / LEGIBLE) : whole;
    return printing && across.width > PAPER ? draw(paths, subject, true) : across;
  }, [paths, subject, narrow, printing, room]);
  const shone = useMemo(() => (lit && paths.length > 1 ? draw([lit], subject, narrow) : null), [lit, paths, subject, narrow]);
  const bright = useMemo(() => shone && new Set([...shone.nodes.map(({ id }) => id), ...shone.edges.map(({ from, to }) => `${from}>${to}`)]), [shone]);
  const curve = line<{ x: number; y: number }>(({ x }) => x, ({ y }) => y).curve(narrow ? curveBumpY : curveBumpX);
  const { width, height } = drawing;
  const scale = Math.max(SMALLEST, Math.min(1, room / width));
  return (
    <div ref={ref} class={`graph${bright ? " dimmed" : ""}`} tabIndex={0} role="region" aria-label="Picture of the paths, scrollable">
      <svg width={width * scale} height={height * scale} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
        <defs>
          <marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
            <path d="M0 .8 7 4 0 7.2z" class="tip" />
          </marker>
        </defs>
        {drawing.edges.map(({ from, to, points, sure }) => (
          <path key={`${from}>${to}`} class={`edge${sure ? "" : " unsure"}${bright?.has(`${from}>${to}`) ? " lit" : ""}`} d={curve(points as { x: number; y: number }[]) ?? ""} marker-end="url(#tip)" />
        ))}
        {drawing.edges.map(({ from, to, lines, labels, at }) => {
          const size = labelSize(lines);
          return lines.length > 0 ? (
            <g key={`${from}>${to}`} class={`edge-label${bright?.has(`${from}>${to}`) ? " lit" : ""}`}>
              <rect x={at.x - size.width / 2} y={at.y - size.height / 2} width={size.width} height={size.height} rx="4" />
              {lines.map((text, index) => (
                <text key={index} x={at.x} y={at.y - size.height / 2 + 13 + index * 14}>
                  {text}
                </text>
              ))}
              <title>{labels.join("\n")}</title>
            </g>
          ) : null;
        })}
        {drawing.nodes.map(({ id, kind, part, name, full, x, y, width: across, height: tall }) => (
          <g key={id} class={`node node-${kind}${bright?.has(id) ? " lit" : ""}`} transform={`translate(${x - across / 2} ${y - tall / 2})`} data-kind={kind}>
            <title>{full}</title>
            <rect width={across} height={tall} rx="8" />
            <path class="icon" transform="translate(10 15)" d={ICONS[kind] ?? ICONS.policy} />
            <text class="kind" x="38" y="20">
              {part ? `${NAMES[kind] ?? kind}, ${part}` : (NAMES[kind] ?? kind)}
            </text>
            <text class="name" x="38" y="37">
              {name}
            </text>
          </g>
        ))}
      </svg>
    </div>
  );
}
