/** The numbers on top of the first page. */

import type { ComponentChildren } from "preact";
import { NO_FILTERS } from "../data/filter";
import { count, plural } from "../data/words";
import { START, withSet, write } from "../state/address";
import { linkSet, linkTo } from "../state/links";
import { useReport } from "../state/use";

function Tile({ label, number, href, kind = "", children }: { label: string; number: number; href: string; kind?: string; children?: ComponentChildren }) {
  return (
    <a class={`tile ${kind}`} href={href}>
      <span class="label">{label}</span>
      <strong>{count(number)}</strong>
      <span class="sub">{children}</span>
    </a>
  );
}

export function Headlines() {
  const report = useReport();
  const { keys, accounts } = report;
  const risk = report.countsOf("open_risk_level");
  const admin = report.countsOf("admin_access", report.open);
  const active = keys.has("key_status") ? (report.countsOf("key_status").get("Active") ?? 0) : keys.rows;
  const holders = new Set(report.countsOf("account_id").keys()).size;
  const becomes = (admin.get("escalates") ?? 0) + (admin.get("conditional") ?? 0);
  const unread = report.unread;
  const partial = report.coverage.get("partial") ?? 0;
  const unsure = admin.get("unknown") ?? 0;
  const leaked = report.countsOf("known_leaked", report.open).get("true") ?? 0;
  const onlyOpen = report.accepted > 0 ? ([["risk_status", ["open"]]] as const) : [];
  return (
    <section class="tiles" aria-label="Headline numbers">
      <Tile label="Active keys" number={active} href={linkTo(NO_FILTERS)} kind="lead">
        in {plural(holders, "account")}
        {keys.rows > active && `, and ${count(keys.rows - active)} inactive`}
      </Tile>
      {leaked > 0 && (
        <Tile label="Known to be leaked" number={leaked} href={linkSet(["known_leaked", ["true"]], ...onlyOpen)} kind="alarm">
          AWS found {leaked === 1 ? "it" : "them"} in public
        </Tile>
      )}
      <Tile label="Critical or high risk" number={(risk.get("critical") ?? 0) + (risk.get("high") ?? 0)} href={linkSet(["open_risk_level", ["critical", "high"]])}>
        {count(risk.get("critical") ?? 0)} critical, {count(risk.get("high") ?? 0)} high
      </Tile>
      <Tile label="Administrators" number={admin.get("direct") ?? 0} href={linkSet(["admin_access", ["direct"]], ...onlyOpen)}>
        as they stand{unsure > 0 && `; ${count(unsure)} unknown`}
      </Tile>
      <Tile label="Can become one" number={becomes} href={linkSet(["admin_access", ["escalates", "conditional"]], ...onlyOpen)}>
        {count(admin.get("conditional") ?? 0)} under a condition
      </Tile>
      <Accepted />
      <Changes />
      <Tile label="Accounts not read" number={unread} href={linkTo(withSet(NO_FILTERS, "coverage", ["failed", "skipped", "partial"]), "accounts")} kind={unread > 0 ? "alarm" : ""}>
        of {count(accounts.rows)}
        {partial > 0 && `, and ${count(partial)} read in part`}
      </Tile>
    </section>
  );
}

/** What is accepted stands beside what is open, where there is a policy file with exceptions. */
function Accepted() {
  const { accepted, extra } = useReport();
  if (extra.exceptions.length === 0) return null;
  const expired = extra.exceptions.filter(({ state }) => state === "expired").length;
  return (
    <Tile label="Accepted" number={accepted} href={linkSet(["risk_status", ["accepted"]])}>
      {expired > 0 ? `${plural(expired, "exception")} expired` : `by ${plural(extra.exceptions.length, "exception")}`}
    </Tile>
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
        <span class="sub">none to compare with</span>
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
