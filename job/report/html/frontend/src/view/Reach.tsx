/** What the keys reach, and the ones to begin with. */

import { useMemo } from "preact/hooks";
import { match, NO_FILTERS, sorted } from "../data/filter";
import { ADMIN, count, days, plural, READS, RISKS, sentence, wordOf } from "../data/words";
import { keyLink, withSet } from "../state/address";
import { linkSet } from "../state/links";
import type { Report } from "../state/report";
import { useReport } from "../state/use";
import { Risk } from "./marks";

/** What the keys reach: one bar a capability, from all to none. */
export function Reach() {
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

/** The keys to begin with, by what of their risk is open. */
export function Urgent() {
  const report = useReport();
  const worst = useMemo(() => worstKeys(report), [report]);
  return (
    <section class="card urgent" aria-labelledby="urgent">
      <h2 id="urgent">Begin here</h2>
      <ol>
        {worst.map((row) => (
          <li key={row}>
            <a href={keyLink(report.keyOf(row))}>
              <Risk level={report.keys.text("open_risk_level", row)} />
              <span class="who clip">
                <bdi>{report.keys.text("user_name", row)}</bdi>
                <small class="clip">
                  <bdi>{report.keys.text("account_name", row) || report.keys.text("account_id", row)}</bdi> · {days(report.keys.number("key_age_days", row)) || "age not known"}
                  {report.keys.at("never_used", row) === true && ", never used"}
                  {report.keys.at("known_leaked", row) === true && <b class="leaked"> · found in public</b>}
                </small>
              </span>
              <span class="next">{sentence(report.keys.text("recommended_action", row))}</span>
            </a>
          </li>
        ))}
      </ol>
      <a class="more" href={linkSet(["open_risk_level", ["critical"]])}>
        All critical keys
      </a>
    </section>
  );
}

const BEGIN = 7;

/** The first keys to look at: only as many risk levels are sorted as it takes to fill the list. */
function worstKeys(report: Report): number[] {
  const levels = report.countsOf("open_risk_level");
  const taken: string[] = [];
  let rows = 0;
  for (const risk of RISKS) {
    if (rows >= BEGIN) break;
    taken.push(risk);
    rows += levels.get(risk) ?? 0;
  }
  const candidates = match(report.keys, withSet(NO_FILTERS, "open_risk_level", taken), []).rows;
  const order = [
    { id: "open_risk_level", desc: false },
    { id: "known_leaked", desc: true },
    { id: "admin_access", desc: false },
    { id: "key_age_days", desc: true },
  ];
  return [...sorted(report.keys, candidates, order, report.orderOf).slice(0, BEGIN)];
}
