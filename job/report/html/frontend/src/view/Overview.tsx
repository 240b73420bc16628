/** The first page: how many, how bad, what they reach, where they are, what changed. */

import { useMemo, useState } from "preact/hooks";
import { AGES, byDays, byField, unused, USES } from "../data/bins";
import { tagNames } from "../data/filter";
import { plural } from "../data/words";
import { linkRange, linkSet } from "../state/links";
import { useReport } from "../state/use";
import { Columns, Legend, RiskRows } from "./Charts";
import { decodeUnit } from "./Filters";
import { Exceptions } from "./Exceptions";
import { Headlines } from "./Headlines";
import { Reach, Urgent } from "./Reach";

export function Overview() {
  const report = useReport();
  return (
    <>
      <h1 class="hidden">Overview</h1>
      <Headlines />
      {report.keys.rows > 0 ? (
        <>
          <div class="columns">
            <Reach />
            <Urgent />
          </div>
          <TimeCharts />
          <div class="columns even">
            <ByUnit />
            <ByTag />
          </div>
          <Exceptions />
        </>
      ) : (
        <p class="empty big">
          {report.unread > 0
            ? "No active key was found in the accounts that were read. Nothing is known of the others."
            : "No active access key in any account. That is the best report there is."}
        </p>
      )}
    </>
  );
}

function TimeCharts() {
  const report = useReport();
  const ages = useMemo(() => byDays(report.keys, "key_age_days", AGES), [report]);
  const uses = useMemo(() => [...byDays(report.keys, "days_since_last_used", USES).slice(0, -1), ...unused(report.keys)], [report]);
  const noAge = ages.at(-1)?.total ?? 0;
  return (
    <div class="columns even">
      <section class="card" aria-labelledby="ages">
        <h2 id="ages">Age of the keys, in days and years</h2>
        <Columns label="Keys by age and risk" bars={ages.slice(0, -1)} href={({ range }) => range && linkRange("key_age_days", range)} />
        <Legend />
        {noAge > 0 && <p class="hint">The age of {plural(noAge, "key")} is not known.</p>}
      </section>
      <section class="card" aria-labelledby="uses">
        <h2 id="uses">Last used, in days ago</h2>
        <Columns
          label="Keys by last use and risk"
          bars={uses}
          href={({ range, text }) => (range ? linkRange("days_since_last_used", range) : linkSet(["never_used", [text ?? ""]]))}
        />
        <Legend />
      </section>
    </div>
  );
}

function ByUnit() {
  const report = useReport();
  const deepest = useMemo(() => Math.max(1, ...[...report.countsOf("ou_path").keys()].map((path) => path.split("/").length - 1)), [report]);
  const [depth, setDepth] = useState(Math.min(2, deepest));
  const bars = useMemo(() => byField(report.keys, "ou_path", depth), [report, depth]);
  return (
    <section class="card" aria-labelledby="units">
      <div class="card-head">
        <h2 id="units">Risk by organizational unit</h2>
        <label class="pick">
          <span>Levels</span>
          <select value={depth} onChange={(event) => setDepth(Number(event.currentTarget.value))} aria-label="Levels of organizational units">
            {Array.from({ length: deepest }, (_, level) => (
              <option key={level} value={level + 1}>
                {level + 1}
              </option>
            ))}
          </select>
        </label>
      </div>
      <RiskRows
        bars={bars}
        name={(text) => (text === "" ? "not known" : text.split("/").slice(1).map(decodeUnit).join(" / ") || decodeUnit(text))}
        href={(text, risk) => linkSet(["ou_path", [text]], ...(risk ? [["risk_level", [risk]] as const] : []))}
      />
      <Legend />
    </section>
  );
}

function ByTag() {
  const report = useReport();
  const tags = useMemo(() => tagNames(report.keys, "tag", report.extra.tags), [report]);
  const [tag, setTag] = useState(tags[0] ?? "");
  const bars = useMemo(() => (tag ? byField(report.keys, `tag:${tag}`, null) : []), [report, tag]);
  return (
    <section class="card" aria-labelledby="tags">
      <div class="card-head">
        <h2 id="tags">Risk by tag</h2>
        {tags.length > 0 && (
          <label class="pick">
            <span>Tag</span>
            <select value={tag} onChange={(event) => setTag(event.currentTarget.value)} aria-label="Account tag">
              {tags.map((name) => (
                <option key={name} value={name}>
                  {name.slice(0, 60)}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
      {tags.length === 0 ? (
        <p class="empty">No account with an active key has a tag.</p>
      ) : (
        <>
          <RiskRows
            bars={bars}
            name={(text) => (text === "" ? "not set" : text)}
            href={(text, risk) => linkSet([`tag:${tag}`, [text]], ...(risk ? [["risk_level", [risk]] as const] : []))}
          />
          <Legend />
        </>
      )}
    </section>
  );
}

