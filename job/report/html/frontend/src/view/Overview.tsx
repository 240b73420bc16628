/** The first page: how many, how bad, what they reach, where they are, what changed. */

import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import { type Filters, match, NO_FILTERS, type Range, sorted, tagNames } from "../data/filter";
import { ADMIN, count, days, plural, READS, RISKS, sentence, wordOf } from "../data/words";
import { keyLink, START, type View, withRange, withSet, write } from "../state/address";
import type { Report } from "../state/report";
import { useReport } from "../state/use";
import { AGES, byDays, byField, unused, USES } from "../data/bins";
import { Columns, Legend, RiskRows } from "./Charts";
import { decodeUnit } from "./Filters";
import { Risk } from "./marks";

export function linkTo(filters: Filters, view: View = "keys"): string {
  return write({ ...START, view, filters });
}

export function linkSet(...sets: readonly (readonly [name: string, texts: readonly string[]])[]): string {
  return linkTo(sets.reduce((filters, [name, texts]) => withSet(filters, name, texts), NO_FILTERS));
}

export function linkRange(name: string, range: Range): string {
  return linkTo(withRange(NO_FILTERS, name, range));
}

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

function Tile({ label, number, href, kind = "", children }: { label: string; number: number; href: string; kind?: string; children?: ComponentChildren }) {
  return (
    <a class={`tile ${kind}`} href={href}>
      <span class="label">{label}</span>
      <strong>{count(number)}</strong>
      <span class="sub">{children}</span>
    </a>
  );
}

function Headlines() {
  const report = useReport();
  const { keys, accounts } = report;
  const risk = report.countsOf("risk_level");
  const admin = report.countsOf("admin_access");
  const active = keys.has("key_status") ? (report.countsOf("key_status").get("Active") ?? 0) : keys.rows;
  const holders = new Set(report.countsOf("account_id").keys()).size;
  const becomes = (admin.get("escalates") ?? 0) + (admin.get("conditional") ?? 0);
  const unread = report.unread;
  const partial = report.coverage.get("partial") ?? 0;
  const unsure = admin.get("unknown") ?? 0;
  return (
    <section class="tiles" aria-label="Headline numbers">
      <Tile label="Active keys" number={active} href={linkTo(NO_FILTERS)} kind="lead">
        in {plural(holders, "account")}
        {keys.rows > active && `, and ${count(keys.rows - active)} inactive`}
      </Tile>
      <Tile label="Critical or high risk" number={(risk.get("critical") ?? 0) + (risk.get("high") ?? 0)} href={linkSet(["risk_level", ["critical", "high"]])}>
        {count(risk.get("critical") ?? 0)} critical, {count(risk.get("high") ?? 0)} high
      </Tile>
      <Tile label="Administrators" number={admin.get("direct") ?? 0} href={linkSet(["admin_access", ["direct"]])}>
        as they stand{unsure > 0 && `; ${count(unsure)} unknown`}
      </Tile>
      <Tile label="Can become administrator" number={becomes} href={linkSet(["admin_access", ["escalates", "conditional"]])}>
        {count(admin.get("conditional") ?? 0)} of them under a condition
      </Tile>
      <Changes />
      <Tile label="Accounts not read" number={unread} href={linkTo(withSet(NO_FILTERS, "coverage", ["failed", "skipped", "partial"]), "accounts")} kind={unread > 0 ? "alarm" : ""}>
        of {count(accounts.rows)}
        {partial > 0 && `, and ${count(partial)} read in part`}
      </Tile>
    </section>
  );
}

function Changes() {
  const report = useReport();
  const { changes, extra } = report;
  const href = write({ ...START, view: "changes" });
  if (!extra.previousDate) {
    return (
      <a class="tile" href={href}>
        <span class="label">Changes</span>
        <strong class="quiet">First report</strong>
        <span class="sub">nothing to compare with yet</span>
      </a>
    );
  }
  const column = changes.find("change");
  const tally = column ? changes.tally(column) : [];
  const words = [...tally].map((rows, code) => [String(column?.valueOf(code) ?? ""), rows] as const);
  const of = (word: string) => words.find(([one]) => one === word)?.[1] ?? 0;
  return (
    <Tile label={`Changes since ${extra.previousDate}`} number={changes.rows} href={href}>
      {changes.rows === 0 ? "none" : `${count(of("new"))} new, ${count(of("gone"))} gone, ${count(of("gained"))} gained access`}
    </Tile>
  );
}

/** What the keys reach: one bar a capability, from all to none. */
function Reach() {
  const report = useReport();
  const rows = useMemo(
    () =>
      [{ id: "admin_access", title: "Administrator" }, ...report.extra.capabilities].map(({ id, title }) => {
        const counts = report.countsOf(id);
        const words = id === "admin_access" ? ADMIN : READS;
        const get = (word: string) => (counts.get(word) ?? 0) + (word === "unknown" ? (counts.get("") ?? 0) : 0);
        return { id, title, parts: words.map((word) => ({ word, keys: get(word) })) };
      }),
    [report],
  );
  return (
    <section class="card reach" aria-labelledby="reach">
      <h2 id="reach">What a thief could do with them</h2>
      <p class="lede">Keys by what they permit, directly or through a role. Choose a part to see its keys.</p>
      <table>
        <thead class="hidden">
          <tr>
            <th>Capability</th>
            <th>Keys by verdict</th>
            <th>Keys that can</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ id, title, parts }) => {
            const can = parts.slice(0, 3).reduce((sum, { keys }) => sum + keys, 0);
            return (
              <tr key={id}>
                <th scope="row">
                  <bdi>{title}</bdi>
                </th>
                <td>
                  <div class="bar-h">
                    {parts.map(({ word, keys }, place) =>
                      keys > 0 ? (
                        <a key={word} class={`verdict-fill-${place}`} style={{ flexGrow: keys }} href={linkSet([id, word === "unknown" ? ["unknown", ""] : [word]])} title={`${title}: ${wordOf(word)}, ${plural(keys, "key")}`}>
                          <span class="hidden">
                            {wordOf(word)}: {keys}
                          </span>
                        </a>
                      ) : null,
                    )}
                  </div>
                </td>
                <td class="num">
                  <a href={linkSet([id, parts.slice(0, 3).map(({ word }) => word)])}>{count(can)}</a>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <ul class="legend" aria-label="Legend">
        {READS.map((word, place) => (
          <li key={word}>
            <i class={`verdict-fill-${place}`} />
            {word === "all" ? "All data, or administrator" : word === "some" ? "Some, or can become one" : wordOf(word)}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The keys to begin with. */
function Urgent() {
  const report = useReport();
  const worst = useMemo(() => worstKeys(report), [report]);
  return (
    <section class="card urgent" aria-labelledby="urgent">
      <h2 id="urgent">Begin here</h2>
      <ol>
        {worst.map((row) => (
          <li key={row}>
            <a href={keyLink(report.keyOf(row))}>
              <Risk level={report.keys.text("risk_level", row)} />
              <span class="who clip">
                <bdi>{report.keys.text("user_name", row)}</bdi>
                <small class="clip">
                  <bdi>{report.keys.text("account_name", row) || report.keys.text("account_id", row)}</bdi> · {days(report.keys.number("key_age_days", row)) || "age not known"}
                  {report.keys.at("never_used", row) === true && ", never used"}
                </small>
              </span>
              <span class="next">{sentence(report.keys.text("recommended_action", row))}</span>
            </a>
          </li>
        ))}
      </ol>
      <a class="more" href={linkSet(["risk_level", ["critical"]])}>
        All critical keys
      </a>
    </section>
  );
}

const BEGIN = 7;

/** The first keys to look at: only as many risk levels are sorted as it takes to fill the list. */
function worstKeys(report: Report): number[] {
  const levels = report.countsOf("risk_level");
  const taken: string[] = [];
  let rows = 0;
  for (const risk of RISKS) {
    if (rows >= BEGIN) break;
    taken.push(risk);
    rows += levels.get(risk) ?? 0;
  }
  const candidates = match(report.keys, withSet(NO_FILTERS, "risk_level", taken), []).rows;
  const order = [
    { id: "risk_level", desc: false },
    { id: "admin_access", desc: false },
    { id: "key_age_days", desc: true },
  ];
  return [...sorted(report.keys, candidates, order, report.orderOf).slice(0, BEGIN)];
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

