/** Words with a shape of their own, so that no meaning hangs on colour alone. */

import { ADMIN, RISKS, wordOf } from "../data/words";

/** Four bars, as many filled as the risk is high. */
function Bars({ level }: { level: number }) {
  return (
    <svg class="glyph" viewBox="0 0 16 12" aria-hidden="true">
      {[0, 1, 2, 3].map((bar) => (
        <rect key={bar} class={bar < level ? "on" : "off"} x={bar * 4} y={9 - bar * 3} width="3" height={3 + bar * 3} rx="0.8" />
      ))}
    </svg>
  );
}

export function Risk({ level }: { level: string }) {
  const rank = (RISKS as readonly string[]).indexOf(level);
  if (rank < 0) return <span class="mark unknown">{level || "Not rated"}</span>;
  return (
    <span class={`mark risk-${level}`}>
      <Bars level={4 - rank} />
      {wordOf(level)}
    </span>
  );
}

/** A disc: full, half, ring, question mark or nothing, from everything to none. */
function Disc({ verdict }: { verdict: string }) {
  const place = verdict === "all" ? 0 : verdict === "some" ? 1 : (ADMIN as readonly string[]).indexOf(verdict);
  return (
    <svg class="glyph" viewBox="0 0 12 12" aria-hidden="true">
      {place === 0 && <circle class="on" cx="6" cy="6" r="5" />}
      {place === 1 && <path class="on" d="M6 1a5 5 0 0 0 0 10z" />}
      {place === 1 && <circle class="ring" cx="6" cy="6" r="4.5" />}
      {place === 2 && <circle class="ring dashed" cx="6" cy="6" r="4.5" />}
      {place === 3 && <path class="ring" d="M4 4.2a2 2 0 1 1 2.9 1.8c-.7.4-.9.7-.9 1.5M6 9.4v.4" />}
      {(place === 4 || place === -1) && <path class="ring" d="M3 6h6" />}
    </svg>
  );
}

export function Verdict({ verdict }: { verdict: string }) {
  const word = verdict || "unknown";
  const known = word === "all" || word === "some" || (ADMIN as readonly string[]).includes(word);
  return (
    <span class={`mark verdict-${known ? word : "unknown"}`}>
      <Disc verdict={word} />
      {wordOf(word)}
    </span>
  );
}

const COVERAGE_WORDS: Record<string, string> = {
  complete: "Read",
  partial: "Partly read",
  failed: "Not read",
  skipped: "Skipped, not read",
};

export function Coverage({ coverage }: { coverage: string }) {
  return (
    <span class={`mark coverage-${coverage}`}>
      <svg class="glyph" viewBox="0 0 12 12" aria-hidden="true">
        {coverage === "complete" ? (
          <path class="ring" d="m2.5 6.5 2.5 2.5 4.5-6" />
        ) : coverage === "partial" ? (
          <path class="ring" d="M6 2v5M6 9.6v.4" />
        ) : (
          <path class="ring" d="m3 3 6 6M9 3 3 9" />
        )}
      </svg>
      {COVERAGE_WORDS[coverage] ?? wordOf(coverage)}
    </span>
  );
}

export function NotKnown({ what = "not known" }: { what?: string }) {
  return <span class="null">{what}</span>;
}
