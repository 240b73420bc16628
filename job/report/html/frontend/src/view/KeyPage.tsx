/** One key: what it is, what it can do, and by which path, drawn and in words. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { type Path, type Paths, pathsOf } from "../data/evidence";
import type { Subject } from "../data/trace";
import { count, days, plural, READS, sentence } from "../data/words";
import { NO_FILTERS } from "../data/filter";
import { withSet } from "../state/address";
import { linkTo } from "../state/links";
import type { Report } from "../state/report";
import { type Go, usePrinting, useReport } from "../state/use";
import { Facts } from "./Facts";
import { NotKnown, Risk, Verdict } from "./marks";

import { Acceptance, HowTo } from "./HowTo";
import { UserCredentials } from "./UserCredentials";
import { KeyStores } from "./Reads";
import { PathGraph } from "./PathGraph";
import { PathList } from "./PathList";

const DRAWN = 24;

export function KeyPage({ id, show, go }: { id: string; show: string | null; go: Go }) {
  const report = useReport();
  const row = report.rowOf(id);
  if (row === null) {
    return (
      <section class="empty big">
        <h1>
          <code>{id}</code>
        </h1>
        <p>This key is not in the report of {report.extra.reportDate}: it was deleted, is inactive, or its account was not read.</p>
        <a href={linkTo({ ...NO_FILTERS, q: id })}>Search for it</a>
      </section>
    );
  }
  return <Known row={row} id={id} show={show} go={go} />;
}

function usePaths(report: Report, row: number): Paths | string | null {
  const [paths, setPaths] = useState<Paths | string | null>(null);
  useEffect(() => {
    let current = true;
    pathsOf(report.blocks.number("block", row), report.keys.text("account_id", row), report.keys.text("user_name", row)).then(
      (found) => current && setPaths(found),
      (error: unknown) => current && setPaths(String(error)),
    );
    return () => {
      current = false;
    };
  }, [report, row]);
  return paths;
}

interface Can {
  readonly id: string;
  readonly title: string;
  readonly verdict: string;
  readonly via: readonly string[];
  readonly reason: string;
  /** What no verdict counts says so; empty for a verdict of the table. */
  readonly apart: string;
}

function cansOf(report: Report, row: number): Can[] {
  const { keys } = report;
  const admin = { id: "admin_access", title: "Administrator", verdict: keys.text("admin_access", row), via: keys.list("admin_via", row), reason: "", apart: "" };
  const rest = report.extra.capabilities.map(({ id, title }) => ({
    id,
    title,
    verdict: keys.text(id, row),
    via: keys.list(`${id}_via`, row),
    reason: keys.text(`${id}_reason`, row),
    apart: "",
  }));
  return [admin, ...rest];
}

/** What the paths tell that no verdict counts, each at its best path's word. */
function apartOf(report: Report, paths: Paths | string | null): Can[] {
  if (paths === null || typeof paths === "string") return [];
  return report.extra.toldApart.flatMap(({ id, title }) => {
    const words = paths.shown.filter(({ capability }) => capability === id).map(({ verdict }) => verdict);
    const verdict = READS.find((word) => words.includes(word));
    return verdict ? [{ id, title, verdict, via: [], reason: "", apart: APART[id] ?? "Beside the verdicts" }] : [];
  });
}

const APART: Record<string, string> = {
  credentials_exposure: "What it reads here may hold credentials of others. No verdict and no risk above counts it.",
  information: "By itself it leads to nothing more. No verdict and no risk above counts it.",
};

function Known({ row, id, show, go }: { row: number; id: string; show: string | null; go: Go }) {
  const report = useReport();
  const printing = usePrinting();
  const paths = usePaths(report, row);
  const cans = useMemo(() => cansOf(report, row), [report, row]);
  const apart = useMemo(() => apartOf(report, paths), [report, paths]);
  const first = cans.find(({ verdict }) => verdict !== "none" && verdict !== "unknown" && verdict !== "") ?? cans[0]!;
  const chosen = cans.find((can) => can.id === show) ?? first;
  const shown = printing ? cans.filter(({ verdict }) => verdict !== "none") : [chosen];
  return (
    <article class="key-page">
      <KeyHead row={row} id={id} />
      <div class="key-body">
        <section class="cans" aria-labelledby="cans">
          <h2 id="cans">What it permits</h2>
          <ul>
            {cans.map((can) => (
              <li key={can.id}>
                <button type="button" aria-pressed={can.id === chosen.id} onClick={() => go({ show: can.id }, "replace")}>
                  <span class="title">{can.title}</span>
                  <Verdict verdict={can.verdict} />
                  {can.via.length > 0 && <span class="via">{viaOf(report, can.via)}</span>}
                </button>
              </li>
            ))}
          </ul>
        </section>
        <div class="evidence">
          {shown.map((can) => (
            <Evidence key={can.id} can={can} row={row} id={id} paths={paths} />
          ))}
        </div>
        {apart.length > 0 && (
          <section class="apart" aria-label="Beside the verdicts">
            {apart.map((can) => (
              <Evidence key={can.id} can={can} row={row} id={id} paths={paths} />
            ))}
          </section>
        )}
      </div>
      <HowTo row={row} />
      <KeyStores row={row} />
      <UserCredentials row={row} />
      <Facts row={row} />
    </article>
  );
}

function viaOf(report: Report, via: readonly string[]): string {
  const words = via.map((way) => {
    if (way === "direct") return "directly";
    if (way === "admin") return "as administrator";
    if (way.startsWith("role:")) return `role ${way.slice(way.lastIndexOf("/") + 1)}`;
    const method = way.startsWith("escalation:") ? way.slice(11) : null;
    return method ? `${method} ${report.extra.methods[method] ?? ""}`.trim() : way;
  });
  return words.length > 2 ? `${words.slice(0, 2).join("; ")}; ${count(words.length - 2)} more` : words.join("; ");
}

function KeyHead({ row, id }: { row: number; id: string }) {
  const report = useReport();
  const { keys } = report;
  const level = keys.text("risk_level", row);
  const reasons = keys.list("risk_reasons", row);
  const action = keys.text("recommended_action", row);
  const note = keys.text("analysis_note", row);
  const limited = keys.list("limited_by", row).filter((layer) => layer !== "quarantine");
  const hasId = keys.text("access_key_id", row) !== "";
  return (
    <header class={`key-head edge-${level}`}>
      <p class="crumbs">
        <a href={linkTo(NO_FILTERS)}>Keys</a>
        <span aria-hidden="true"> / </span>
        <a href={linkTo(withSet(NO_FILTERS, "account_id", [keys.text("account_id", row)]))}>
          <bdi>{keys.text("account_name", row) || keys.text("account_id", row)}</bdi>
        </a>
      </p>
      <h1>{hasId ? <code>{id}</code> : "Key of the root user"}</h1>
      <p class="whose">
        <bdi>{keys.text("user_name", row)}</bdi> in account <bdi>{keys.text("account_name", row) || "without a known name"}</bdi> <code>{keys.text("account_id", row)}</code>
        {keys.text("owner", row) && (
          <>
            , owned by <bdi>{keys.text("owner", row)}</bdi>
          </>
        )}
      </p>
      <div class="verdict-line">
        <Risk level={level} />
        {keys.at("known_leaked", row) === true && <b class="leaked">Known to be leaked</b>}
        <span>
          <b>{action ? sentence(action) : "Review"}</b> is the next step
        </span>
        <span>
          {keys.at("key_status", row) === "Active" ? "Active" : <NotKnown what={keys.text("key_status", row) || "status not known"} />}, {age(report, row)}, {use(report, row)}
        </span>
      </div>
      {reasons.length > 0 && (
        <ul class="reasons">
          {reasons.map((reason) => (
            <li key={reason}>{report.whyOf(reason)}</li>
          ))}
        </ul>
      )}
      <Acceptance row={row} />
      {(note || limited.length > 0) && (
        <p class="note">
          {limited.length > 0 && <>Narrowed by {limited.join(", ")}. </>}
          {note && <>Not looked at: {note}</>}
        </p>
      )}
    </header>
  );
}

function age(report: Report, row: number): string {
  const old = report.keys.number("key_age_days", row);
  return old === null ? "age not known" : `${days(old)} old`;
}

function use(report: Report, row: number): string {
  if (report.keys.at("never_used", row) === true) return "never used";
  const ago = report.keys.number("days_since_last_used", row);
  if (ago === null) return "last use not known";
  const service = report.keys.text("key_last_used_service", row);
  return `last used ${ago === 0 ? "today" : `${days(ago)} ago`}${service ? ` for ${service}` : ""}`;
}

const MEANINGS: Record<string, string> = {
  none: "Nothing that applies to this key permits it.",
  unknown: "It could not be told: something that decides was not read or not understood.",
  "": "It could not be told: something that decides was not read or not understood.",
};

function Evidence({ can, row, id, paths }: { can: Can; row: number; id: string; paths: Paths | string | null }) {
  const report = useReport();
  const [lit, setLit] = useState<Path | null>(null);
  const names = useMemo(() => new Map<string, string>(), [report]);
  const subject = useMemo<Subject>(
    () => ({
      key: report.keys.text("access_key_id", row) || "root key",
      account: report.keys.text("account_id", row),
      accountName: (account) => nameOf(report, names, account),
      target: can.id === "admin_access" ? "Administrator" : can.title,
      apart: can.apart !== "",
      methodTitle: (method) => (report.extra.methods[method] ? `${method} ${report.extra.methods[method]}` : method),
    }),
    [report, row, can],
  );
  const own = useMemo(() => (paths && typeof paths !== "string" ? paths.shown.filter(({ capability }) => capability === can.id) : []), [paths, can.id]);
  const more = paths && typeof paths !== "string" ? (paths.more[can.id] ?? 0) : 0;
  const drawn = own.slice(0, DRAWN);
  return (
    <section class="card" aria-labelledby={`evidence-of-${can.id}`}>
      <div class="card-head">
        <h2 id={`evidence-of-${can.id}`}>{can.title}</h2>
        <Verdict verdict={can.verdict} />
      </div>
      {can.reason && (
        <p class="reason">
          <bdi>{can.reason}</bdi>
        </p>
      )}
      {can.apart && <p class="hint">{can.apart}</p>}
      {!can.apart && MEANINGS[can.verdict] && <p class="hint">{MEANINGS[can.verdict]}</p>}
      {typeof paths === "string" && <p role="alert">{paths}</p>}
      {paths === null && <p class="hint">Opening the evidence…</p>}
      {own.length > 0 && (
        <>
          <PathGraph paths={drawn} subject={subject} lit={lit} label={`${plural(drawn.length, "path")} from key ${id} to ${subject.target}`} />
          <p class="hint legend-line">
            <span class="sample sure" /> holds as it stands <span class="sample unsure" /> only under a condition
            {own.length > DRAWN && `; the first ${DRAWN} of ${own.length} paths are drawn`}
          </p>
          <PathList paths={own} subject={subject} account={subject.account} user={report.keys.text("user_name", row)} arn={report.keys.text("user_arn", row)} onLight={setLit} />
        </>
      )}
      {more > 0 && <p class="hint">The findings dataset holds {plural(more, "more path")}.</p>}
      {paths !== null && own.length === 0 && !MEANINGS[can.verdict] && <p class="hint">No path is recorded for this verdict.</p>}
    </section>
  );
}

function nameOf(report: Report, names: Map<string, string>, account: string): string {
  if (names.size === 0) {
    for (let row = 0; row < report.accounts.rows; row++) names.set(report.accounts.text("account_id", row), report.accounts.text("account_name", row));
  }
  return names.get(account) || account;
}
