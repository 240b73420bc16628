/** Bars split by risk: upright ones over days (d3 scales and stacks), lying ones by name. Every part is a link. */

import { scaleBand, scaleLinear } from "d3-scale";
import { stack } from "d3-shape";
import { useEffect, useRef, useState } from "preact/hooks";
import { count, plural, RISKS, wordOf } from "../data/words";
import type { Bar } from "../data/bins";

const HEIGHT = 210;
const FOOT = 24;
const HEAD = 18;
const SERIES = [...RISKS, "unrated"] as const;
const FEW = 10;

/** The width that the page gives an element, so that a drawing's text keeps its size. */
function useWidth() {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(520);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.max(240, entry.contentRect.width)));
    if (ref.current) observer.observe(ref.current);
    return () => observer.disconnect();
  }, []);
  return { ref, width };
}

interface ColumnsProps {
  label: string;
  bars: readonly Bar[];
  href: (bar: Bar) => string | null;
}

export function Columns({ label, bars, href }: ColumnsProps) {
  const { ref, width } = useWidth();
  const x = scaleBand<number>().domain(bars.map((_, index) => index)).range([0, width]).padding(0.22);
  const y = scaleLinear().domain([0, Math.max(1, ...bars.map(({ total }) => total))]).range([HEIGHT - FOOT, HEAD]);
  const series = stack<Bar, number>()
    .keys(SERIES.map((_, index) => index))
    .value((bar, index) => bar.parts[index] ?? 0)
    // Low risk stands at the foot, critical on top, where the eye compares bars.
    .order(() => SERIES.map((_, index) => SERIES.length - 1 - index))(bars as Bar[]);
  return (
    <div ref={ref} class="chart">
      <svg width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} role="group" aria-label={label}>
        <line class="axis" x1="0" x2={width} y1={HEIGHT - FOOT + 0.5} y2={HEIGHT - FOOT + 0.5} />
        {bars.map((bar, index) => {
          const left = x(index) ?? 0;
          const middle = left + x.bandwidth() / 2;
          const told = RISKS.map((risk, at) => `${bar.parts[at] ?? 0} ${risk}`).join(", ");
          return (
            <a key={bar.label} href={href(bar) ?? undefined} aria-label={`${bar.label}: ${plural(bar.total, "key")} (${told})`}>
              <title>{`${bar.label}: ${plural(bar.total, "key")} (${told})`}</title>
              <rect class="hit" x={left} y={HEAD - 16} width={x.bandwidth()} height={HEIGHT - HEAD + 14} />
              {series.map((part) => {
                const [low = 0, high = 0] = part[index] ?? [];
                const top = y(high);
                return high > low ? <rect key={part.key} class={`fill-${SERIES[part.key]}`} x={left} y={top} width={x.bandwidth()} height={Math.max(0.8, y(low) - top - 0.6)} rx="1.5" /> : null;
              })}
              {bar.total > 0 && (
                <text class="value" x={middle} y={y(bar.total) - 5}>
                  {count(bar.total)}
                </text>
              )}
              <text class="tick" x={middle} y={HEIGHT - 7}>
                {bar.label}
              </text>
            </a>
          );
        })}
      </svg>
    </div>
  );
}

interface RiskRowsProps {
  bars: readonly Bar[];
  name: (text: string) => string;
  href: (text: string, risk: string | null) => string;
}

export function RiskRows({ bars, name, href }: RiskRowsProps) {
  const [all, setAll] = useState(false);
  const width = scaleLinear().domain([0, Math.max(1, ...bars.map(({ total }) => total))]).range([0, 100]);
  const shown = all ? bars.slice(0, 300) : bars.slice(0, FEW);
  const hidden = bars.slice(shown.length);
  return (
    <>
      <div class="rows">
        {shown.map(({ text, total, parts }) => (
          <div class="row" key={text}>
            <a class="clip" href={href(text ?? "", null)} title={text ?? ""}>
              <bdi class={text === "" ? "null" : ""}>{name(text ?? "")}</bdi>
            </a>
            <div class="track">
              <div class="bar-h" style={{ width: `${width(total)}%` }}>
                {SERIES.map((risk, index) =>
                  (parts[index] ?? 0) > 0 ? (
                    <a key={risk} class={`fill-${risk}`} style={{ flexGrow: parts[index] }} href={href(text ?? "", risk === "unrated" ? "" : risk)} title={`${name(text ?? "")}: ${count(parts[index]!)} ${risk}`}>
                      <span class="hidden">
                        {parts[index]} {risk}
                      </span>
                    </a>
                  ) : null,
                )}
              </div>
            </div>
            <span class="num">{count(total)}</span>
          </div>
        ))}
      </div>
      {(hidden.length > 0 || all) && (
        <button type="button" class="plain" onClick={() => setAll(!all)}>
          {all ? "Fewer" : `${count(hidden.length)} more with ${plural(hidden.reduce((sum, { total }) => sum + total, 0), "key")}`}
        </button>
      )}
    </>
  );
}

export function Legend() {
  return (
    <ul class="legend" aria-label="Legend">
      {RISKS.map((risk) => (
        <li key={risk}>
          <i class={`fill-${risk}`} />
          {wordOf(risk)}
        </li>
      ))}
    </ul>
  );
}
