/** A table with what stands around it: search, filters in force, what was found. */

import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Dataset } from "../data/dataset";
import { facet, fieldOf, type Filters, match, NO_FILTERS, type Sort, sorted } from "../data/filter";
import { count, plural, RISKS, wordOf } from "../data/words";
import { read, withRange, withSet } from "../state/address";
import type { Report } from "../state/report";
import { type Go, useReport } from "../state/use";
import { Grid } from "./Grid";
import { ColumnPicker, Export } from "./Menus";

export interface TableSpec {
  readonly dataset: Dataset;
  readonly noun: string;
  readonly searched: readonly string[];
  readonly columns: readonly string[];
  readonly sort: readonly Sort[];
  /** What decides between rows that the chosen order leaves equal. */
  readonly ties?: readonly Sort[];
  readonly placeholder: string;
  readonly empty: ComponentChildren;
  readonly panel: (props: { dataset: Dataset; filters: Filters; matches: ReturnType<typeof match>; onFilters: (filters: Filters) => void }) => ComponentChildren;
  readonly onOpen?: (row: number) => void;
  readonly strip?: boolean;
}

export function TableView({ spec, go }: { spec: TableSpec; go: Go }) {
  const report = useReport();
  const place = read(location.hash);
  const { dataset } = spec;
  const address = location.hash;
  const { filters, sort, columns } = useMemo(
    () => ({ filters: place.filters, sort: place.sort ?? spec.sort, columns: known(dataset, place.columns ?? spec.columns) }),
    [address, spec],
  );
  const matches = useMemo(() => match(dataset, filters, spec.searched), [dataset, filters]);
  const rows = useMemo(() => sorted(dataset, matches.rows, sort.length > 0 ? [...sort, ...(spec.ties ?? [])] : [], report.orderOf), [matches, sort]);
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
    const column = report.keys.find(name) ?? report.accounts.find(name) ?? report.changes.find(name) ?? report.stores.find(name) ?? report.credentials.find(name);
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
