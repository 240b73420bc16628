/** The three tables with what stands around them: search, filters, columns, export. */

import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { csvOf, save } from "../data/csv";
import type { Dataset } from "../data/dataset";
import { facet, fieldOf, type Filters, match, NO_FILTERS, type Sort, sorted } from "../data/filter";
import { count, plural, RISKS, wordOf } from "../data/words";
import { read, withRange, withSet } from "../state/address";
import type { Report } from "../state/report";
import { type Go, useReport } from "../state/use";
import { Choices, Days, TagChoices, Units } from "./Filters";
import { Grid } from "./Grid";

interface TableSpec {
  readonly dataset: Dataset;
  readonly noun: string;
  readonly searched: readonly string[];
  readonly columns: readonly string[];
  readonly sort: readonly Sort[];
  readonly placeholder: string;
  readonly empty: ComponentChildren;
  readonly panel: (props: { dataset: Dataset; filters: Filters; matches: ReturnType<typeof match>; onFilters: (filters: Filters) => void }) => ComponentChildren;
  readonly onOpen?: (row: number) => void;
  readonly strip?: boolean;
}

const KEY_SEARCH = ["access_key_id", "user_name", "user_arn", "account_id", "account_name", "account_email", "ou_path", "user_groups", "policies", "account_tags", "user_tags", "key_last_used_service", "admin_via", "risk_reasons"];
const ACCOUNT_SEARCH = ["account_id", "account_name", "account_email", "ou_path", "account_tags", "coverage_note", "failed_step", "failed_code"];
const CHANGE_SEARCH = ["access_key_id", "user_name", "user_arn", "account_id", "account_name", "change", "capability"];

export function KeysView({ go }: { go: Go }) {
  const report = useReport();
  const spec = useMemo<TableSpec>(() => {
    const first = report.extra.capabilities.slice(0, 3).map(({ id }) => id);
    return {
      dataset: report.keys,
      noun: "key",
      searched: KEY_SEARCH,
      columns: ["access_key_id", "user_name", "account_name", "risk_level", "admin_access", ...first, "key_age_days", "days_since_last_used", "recommended_action"],
      sort: [{ id: "risk_level", desc: false }],
      placeholder: "Search keys, users, accounts, tags, policies…",
      empty: <>No active access key was found in the accounts that were read.</>,
      panel: (props) => <KeyFilters report={report} {...props} />,
      onOpen: (row) => go({ ...read(""), key: report.keyOf(row) }),
      strip: true,
    };
  }, [report]);
  return <TableView spec={spec} go={go} />;
}

function KeyFilters({ report, ...panel }: { report: Report } & Parameters<TableSpec["panel"]>[0]) {
  return (
    <>
      <Choices {...panel} name="risk_level" title="Risk" open />
      <Choices {...panel} name="admin_access" title="Administrator" open />
      {report.extra.capabilities.map(({ id, title }, index) => (
        <Choices key={id} {...panel} name={id} title={title} open={index === 0} />
      ))}
      <Units {...panel} title="Organizational unit" />
      <TagChoices {...panel} />
      <Days {...panel} name="key_age_days" title="Age" />
      <Days {...panel} name="days_since_last_used" title="Last used" />
      <Choices {...panel} name="never_used" title="Never used" />
      <Choices {...panel} name="recommended_action" title="Next step" />
      <Choices {...panel} name="account_name" title="Account" />
      <Choices {...panel} name="key_last_used_service" title="Last service" />
      <Choices {...panel} name="mfa_active" title="MFA" />
      <Choices {...panel} name="limited_by" title="Limited by" />
      <Choices {...panel} name="risk_reasons" title="Risk reason" />
      <Choices {...panel} name="change" title="Change" />
      <Choices {...panel} name="key_status" title="Status" />
      <Choices {...panel} name="analysis_status" title="Analysis" />
    </>
  );
}

export function AccountsView({ go }: { go: Go }) {
  const report = useReport();
  const spec = useMemo<TableSpec>(
    () => ({
      dataset: report.accounts,
      noun: "account",
      searched: ACCOUNT_SEARCH,
      columns: ["coverage", "account_name", "account_id", "ou_path", "active_keys", "users", "account_state", "failed_step", "failed_code", "coverage_note"],
      sort: [{ id: "coverage", desc: false }],
      placeholder: "Search accounts, errors, tags…",
      empty: <>The organization has no accounts that could be listed.</>,
      panel: (panel) => (
        <>
          <Choices {...panel} name="coverage" title="Coverage" open />
          <Choices {...panel} name="failed_code" title="Error" open />
          <Units {...panel} title="Organizational unit" />
          <TagChoices {...panel} />
          <Choices {...panel} name="account_state" title="State" />
        </>
      ),
      onOpen: (row) =>
        go({ ...read("#view=keys"), filters: withSet(NO_FILTERS, "account_id", [report.accounts.text("account_id", row)]) }),
    }),
    [report],
  );
  return <TableView spec={spec} go={go} />;
}

export function ChangesView({ go }: { go: Go }) {
  const report = useReport();
  const previous = report.extra.previousDate;
  const spec = useMemo<TableSpec>(
    () => ({
      dataset: report.changes,
      noun: "change",
      searched: CHANGE_SEARCH,
      columns: ["change", "access_key_id", "user_name", "account_name", "capability", "before", "after"],
      sort: [{ id: "change", desc: false }],
      placeholder: "Search changes…",
      empty: previous ? <>Nothing changed since {previous}.</> : <>This is the first report: there is nothing to compare it with yet.</>,
      panel: (panel) => (
        <>
          <Choices {...panel} name="change" title="Change" open />
          <Choices {...panel} name="capability" title="Capability" open />
          <Choices {...panel} name="account_name" title="Account" open />
        </>
      ),
      onOpen: (row) => {
        const key = report.changes.text("access_key_id", row);
        if (report.rowOf(key) !== null) go({ ...read(""), key });
      },
    }),
    [report],
  );
  return <TableView spec={spec} go={go} />;
}

function TableView({ spec, go }: { spec: TableSpec; go: Go }) {
  const report = useReport();
  const place = read(location.hash);
  const { dataset } = spec;
  const address = location.hash;
  const { filters, sort, columns } = useMemo(
    () => ({ filters: place.filters, sort: place.sort ?? spec.sort, columns: known(dataset, place.columns ?? spec.columns) }),
    [address, spec],
  );
  const matches = useMemo(() => match(dataset, filters, spec.searched), [dataset, filters]);
  const rows = useMemo(() => sorted(dataset, matches.rows, sort, report.orderOf), [matches, sort]);
  const onFilters = (next: Filters) => go({ filters: next }, "replace");
  const [panelOpen, setPanelOpen] = useState(false);
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "/" || (event.target as HTMLElement).closest("input,select,textarea")) return;
      box.current?.focus();
      event.preventDefault();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);

  if (dataset.rows === 0) return <p class="empty big">{spec.empty}</p>;
  return (
    <div class={`table-view${panelOpen ? " panel-open" : ""}`}>
      <div class="bar">
        <input
          ref={box}
          class="search"
          type="search"
          value={filters.q}
          placeholder={spec.placeholder}
          aria-label={`Search ${spec.noun}s`}
          aria-keyshortcuts="/"
          onInput={(event) => onFilters({ ...filters, q: event.currentTarget.value })}
        />
        <output class="found" aria-live="polite">
          <strong>{count(rows.length)}</strong> {rows.length === dataset.rows ? plural(dataset.rows, spec.noun).replace(/^\S+ /, "") : `of ${plural(dataset.rows, spec.noun)}`}
        </output>
        <button type="button" class="only-narrow" aria-expanded={panelOpen} onClick={() => setPanelOpen(!panelOpen)}>
          Filters
        </button>
        <ColumnPicker dataset={dataset} shown={columns} onChange={(next) => go({ columns: next }, "replace")} />
        <Export dataset={dataset} rows={rows} shown={columns} />
      </div>
      <Active filters={filters} onFilters={onFilters} />
      <section class="panel" aria-label="Filters">
        {spec.panel({ dataset, filters, matches, onFilters })}
      </section>
      <div class="results">
        {spec.strip && rows.length > 0 && <RiskStrip report={report} rows={rows} />}
        {rows.length === 0 ? (
          <p class="empty">
            No {spec.noun} matches all of this.{" "}
            <button type="button" class="plain" onClick={() => onFilters(NO_FILTERS)}>
              Clear search and filters
            </button>
          </p>
        ) : (
          <Grid
            dataset={dataset}
            rows={rows}
            shown={columns}
            sort={sort}
            onSort={(next) => go({ sort: next }, "replace")}
            onOpen={spec.onOpen}
            label={`${spec.noun}s`}
          />
        )}
      </div>
    </div>
  );
}

function known(dataset: Dataset, names: readonly string[]): readonly string[] {
  return names.filter((name) => dataset.has(name));
}

/** What is filtered by, each with a way to take it back. */
function Active({ filters, onFilters }: { filters: Filters; onFilters: (filters: Filters) => void }) {
  const report = useReport();
  const sets = [...filters.sets].flatMap(([name, texts]) => texts.map((text) => ({ name, text })));
  const ranges = [...filters.ranges];
  if (sets.length + ranges.length === 0) return null;
  const label = (name: string) => {
    const column = report.keys.find(name) ?? report.accounts.find(name) ?? report.changes.find(name);
    return column ? report.titleOf(column) : name.slice(name.indexOf(":") + 1);
  };
  const without = (name: string, text: string) => withSet(filters, name, (filters.sets.get(name) ?? []).filter((one) => one !== text));
  return (
    <div class="in-force" aria-label="Filters in force">
      {sets.map(({ name, text }) => (
        <button key={`${name}=${text}`} type="button" class="chip" onClick={() => onFilters(without(name, text))} title="Remove this filter">
          <span class="clip">
            {label(name)}: <bdi>{text === "" ? "not known or none" : report.orderOf(name) ? wordOf(text) : text}</bdi>
          </span>
          <span aria-hidden="true">×</span>
        </button>
      ))}
      {ranges.map(([name, [from, to]]) => (
        <button key={name} type="button" class="chip" onClick={() => onFilters(withRange(filters, name, null))} title="Remove this filter">
          {label(name)}: {from ?? "0"} to {to ?? "any"} days <span aria-hidden="true">×</span>
        </button>
      ))}
      <button type="button" class="plain" onClick={() => onFilters(NO_FILTERS)}>
        Clear all
      </button>
    </div>
  );
}

function RiskStrip({ report, rows }: { report: Report; rows: Uint32Array }) {
  const counts = useMemo(() => {
    const field = fieldOf(report.keys, "risk_level");
    return field ? facet(report.keys, field, rows) : new Map<string, number>();
  }, [rows]);
  return (
    <div class="strip" role="img" aria-label={RISKS.map((risk) => `${counts.get(risk) ?? 0} ${risk}`).join(", ")}>
      {RISKS.map((risk) => {
        const keys = counts.get(risk) ?? 0;
        return keys > 0 && (
          <span key={risk} class={`fill-${risk}`} style={{ flexGrow: keys }} title={`${count(keys)} ${risk}`}>
            {keys / rows.length > 0.08 && `${count(keys)} ${risk}`}
          </span>
        );
      })}
    </div>
  );
}

function useDropdown() {
  const ref = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = (event: Event) => {
      const menu = ref.current;
      if (!menu?.open) return;
      const escaped = event instanceof KeyboardEvent && event.key === "Escape";
      if (escaped || (event.type === "pointerdown" && !menu.contains(event.target as Node))) menu.open = false;
      if (escaped) menu.querySelector("summary")?.focus();
    };
    document.addEventListener("pointerdown", close);
    document.addEventListener("keydown", close);
    return () => {
      document.removeEventListener("pointerdown", close);
      document.removeEventListener("keydown", close);
    };
  }, []);
  return ref;
}

function ColumnPicker({ dataset, shown, onChange }: { dataset: Dataset; shown: readonly string[]; onChange: (names: string[] | null) => void }) {
  const report = useReport();
  const ref = useDropdown();
  const [find, setFind] = useState("");
  const toggle = (name: string) => onChange(shown.includes(name) ? shown.filter((one) => one !== name) : [...shown, name]);
  const found = dataset.columns.filter((column) => `${column.name} ${report.titleOf(column)}`.toLowerCase().includes(find.toLowerCase()));
  return (
    <details class="menu" ref={ref}>
      <summary class="button">Columns</summary>
      <div class="pop">
        <input type="search" placeholder="Find a column" aria-label="Find a column" value={find} onInput={(event) => setFind(event.currentTarget.value)} />
        <ul>
          {found.map((column) => (
            <li key={column.name}>
              <label title={column.meaning}>
                <input type="checkbox" checked={shown.includes(column.name)} onChange={() => toggle(column.name)} />
                <span class="clip">{report.titleOf(column)}</span>
                <small>{column.name}</small>
              </label>
            </li>
          ))}
        </ul>
        <button type="button" class="plain" onClick={() => onChange(null)}>
          Standard columns
        </button>
      </div>
    </details>
  );
}

function Export({ dataset, rows, shown }: { dataset: Dataset; rows: Uint32Array; shown: readonly string[] }) {
  const report = useReport();
  const ref = useDropdown();
  const [guard, setGuard] = useState(true);
  const [all, setAll] = useState(true);
  const download = () => {
    const columns = all ? dataset.columns : shown.flatMap((name) => dataset.find(name) ?? []);
    const part = rows.length === dataset.rows ? "" : "-filtered";
    save(`${dataset.name}-${report.extra.reportDate}${part}.csv`, csvOf(columns, rows, guard));
    if (ref.current) ref.current.open = false;
  };
  return (
    <details class="menu" ref={ref}>
      <summary class="button">Export CSV</summary>
      <div class="pop narrow">
        <fieldset>
          <legend>Columns</legend>
          <label>
            <input type="radio" name="export-columns" checked={all} onChange={() => setAll(true)} /> All {dataset.columns.length}
          </label>
          <label>
            <input type="radio" name="export-columns" checked={!all} onChange={() => setAll(false)} /> The {shown.length} shown
          </label>
        </fieldset>
        <label>
          <input type="checkbox" checked={guard} onChange={() => setGuard(!guard)} /> Safe for spreadsheets
        </label>
        <p class="hint">A leading ' keeps names such as =1+1 from being run as formulas. Leave it out for other programs.</p>
        <button type="button" class="primary" onClick={download}>
          Save {plural(rows.length, "row")}
        </button>
      </div>
    </details>
  );
}
