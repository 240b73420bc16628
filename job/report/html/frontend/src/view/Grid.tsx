/** A table of any length: TanStack Table keeps the columns and their order, TanStack Virtual the rows in view. */

import {
  type ColumnDef,
  columnResizingFeature,
  columnSizingFeature,
  columnVisibilityFeature,
  constructTable,
  functionalUpdate,
  rowSortingFeature,
  type SortingState,
  tableFeatures,
} from "@tanstack/table-core";
import { storeReactivityBindings } from "@tanstack/table-core/store-reactivity-bindings";
import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from "@tanstack/virtual-core";
import { useEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import type { Column, Dataset } from "../data/dataset";
import type { Sort } from "../data/filter";
import { count } from "../data/words";
import { usePrinting, useReport } from "../state/use";
import { cellOf } from "./cells";

const ROW = 36;
const PRINTED = 500;

const features = tableFeatures({
  coreReactivityFeature: storeReactivityBindings(),
  columnVisibilityFeature,
  columnSizingFeature,
  columnResizingFeature,
  rowSortingFeature,
});

interface RowPlace {
  row: number;
}

const WIDTHS: Record<string, number> = {
  access_key_id: 190,
  user_name: 184,
  account_name: 164,
  account_id: 132,
  risk_level: 104,
  admin_access: 166,
  recommended_action: 148,
  ou_path: 190,
  coverage: 170,
  store_name: 210,
  store_type: 104,
  credential_kind: 160,
  permits: 280,
  sensitive: 110,
  keys_direct: 116,
  keys_through_roles: 116,
  keys_as_administrators: 138,
  risk_reasons: 260,
  credential_id: 210,
  key_age_days: 98,
  days_since_last_used: 104,
  coverage_note: 380,
};

function widthOf(column: Column, isVerdict: boolean): number {
  const known = WIDTHS[column.name];
  if (known) return known;
  if (isVerdict) return 124;
  if (column.type === "timestamp") return 150;
  if (column.type === "map" || column.type === "list") return 240;
  return column.type === "string" ? 150 : 116;
}

function useTable(dataset: Dataset, shown: readonly string[], sort: readonly Sort[], onSort: (sort: Sort[]) => void) {
  const report = useReport();
  const [, redraw] = useReducer((times: number) => times + 1, 0);
  const ask = useRef(onSort);
  ask.current = onSort;
  const sorting = useRef<SortingState>([]);
  sorting.current = useMemo(() => sort.map(({ id, desc }) => ({ id, desc })), [sort]);
  const table = useMemo(() => {
    const columns: ColumnDef<typeof features, RowPlace>[] = dataset.columns.map((column) => ({
      id: column.name,
      accessorFn: ({ row }: RowPlace) => column.at(row),
      header: report.titleOf(column),
      size: widthOf(column, report.capabilityIds.has(column.name)),
      minSize: 70,
      sortDescFirst: column.type !== "string" && column.type !== "list",
    }));
    return constructTable({
      features,
      columns,
      data: [] as RowPlace[],
      manualSorting: true,
      enableSortingRemoval: true,
      isMultiSortEvent: (event: unknown) => (event as MouseEvent).shiftKey,
      columnResizeMode: "onChange",
      state: { sorting: sorting.current },
      onSortingChange: (updater) => ask.current(functionalUpdate(updater, sorting.current)),
    });
  }, [dataset]);
  useEffect(() => {
    // Order and choice of columns come from the address; widths are the table's own.
    const follow = table.atoms.columnSizing.subscribe(() => redraw(0));
    return () => follow.unsubscribe();
  }, [table]);
  const visible = useMemo(() => {
    const wanted = new Set(shown);
    return Object.fromEntries(dataset.columns.map(({ name }) => [name, wanted.has(name)]));
  }, [dataset, shown]);
  table.setOptions((old) => ({ ...old, state: { sorting: sorting.current, columnVisibility: visible } }));
  return table;
}

/** The virtual window over `rows`, redrawn as the reader scrolls. */
function useWindow(length: number) {
  const [, redraw] = useReducer((times: number) => times + 1, 0);
  const scroller = useRef<HTMLDivElement>(null);
  const options = {
    count: length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
    scrollPaddingStart: 48,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    onChange: () => redraw(0),
  };
  const [virtualizer] = useState(() => new Virtualizer<HTMLDivElement, Element>(options));
  virtualizer.setOptions(options);
  useEffect(() => virtualizer._didMount(), [virtualizer]);
  useEffect(() => virtualizer._willUpdate());
  return { scroller, virtualizer };
}

const STEPS: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15, Home: -Infinity, End: Infinity };

interface GridProps {
  dataset: Dataset;
  rows: Uint32Array;
  shown: readonly string[];
  sort: readonly Sort[];
  onSort: (sort: Sort[]) => void;
  onOpen?: ((row: number) => void) | undefined;
  label: string;
}

export function Grid({ dataset, rows, shown, sort, onSort, onOpen, label }: GridProps) {
  const report = useReport();
  const printing = usePrinting();
  const table = useTable(dataset, shown, sort, onSort);
  const { scroller, virtualizer } = useWindow(rows.length);
  const [active, setActive] = useState(0);
  const current = Math.min(active, Math.max(rows.length - 1, 0));
  useEffect(() => {
    setActive(0);
    scroller.current?.scrollTo({ top: 0 });
  }, [rows]);

  const order = useMemo(() => new Map(shown.map((name, place) => [name, place])), [shown]);
  const headers = [...(table.getHeaderGroups()[0]?.headers ?? [])].sort(
    (a, b) => (order.get(a.column.id) ?? 0) - (order.get(b.column.id) ?? 0),
  );
  const sizes = headers.map((header) => header.getSize());
  const across = {
    gridTemplateColumns: sizes.map((size) => `minmax(${printing ? 0 : size}px, ${size}fr)`).join(" "),
    minWidth: printing ? "0" : `${sizes.reduce((sum, size) => sum + size, 0)}px`,
  };
  const names = headers.map((header) => header.column.id);
  const seen = printing
    ? Array.from({ length: Math.min(rows.length, PRINTED) }, (_, index) => ({ index, start: 0 }))
    : virtualizer.getVirtualItems();

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return;
    const step = STEPS[event.key];
    if (step !== undefined && rows.length > 0) {
      const next = Math.max(0, Math.min(rows.length - 1, current + step));
      setActive(next);
      virtualizer.scrollToIndex(next, { align: "auto" });
      event.preventDefault();
    } else if (event.key === "Enter" && rows.length > 0) onOpen?.(rows[current]!);
  };

  return (
    <div
      ref={scroller}
      class="grid"
      role="grid"
      aria-label={label}
      aria-rowcount={rows.length + 1}
      aria-colcount={names.length}
      aria-activedescendant={rows.length > 0 ? `row-${current}` : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
    >
      <div class="grid-head" role="row" aria-rowindex={1} style={across}>
        {headers.map((header) => (
          <div
            key={header.id}
            role="columnheader"
            class={`th ${dataset.find(header.column.id)?.type === "int" ? "num" : ""}`}
            title={dataset.find(header.column.id)?.meaning}
            aria-sort={ariaSort(header.column.getIsSorted())}
          >
            <button type="button" onClick={(event) => header.column.getToggleSortingHandler()?.(event)}>
              <span>{String(header.column.columnDef.header)}</span>
              <SortMark sorted={header.column.getIsSorted()} place={sort.length > 1 ? header.column.getSortIndex() + 1 : 0} />
            </button>
            <span
              class="resize"
              aria-hidden="true"
              onMouseDown={(event) => header.getResizeHandler()(event)}
              onTouchStart={(event) => header.getResizeHandler()(event)}
            />
          </div>
        ))}
      </div>
      <div
        class="grid-body"
        role="rowgroup"
        style={printing ? {} : { height: `${virtualizer.getTotalSize()}px`, minWidth: across.minWidth }}
      >
        {seen.map(({ index, start }) => (
          <div
            key={rows[index]}
            id={`row-${index}`}
            role="row"
            aria-rowindex={index + 2}
            class={`tr${index === current ? " current" : ""}${onOpen ? " opens" : ""}`}
            style={{ ...across, ...(printing ? {} : { transform: `translateY(${start}px)` }) }}
            onClick={() => {
              setActive(index);
              if (!getSelection()?.toString()) onOpen?.(rows[index]!);
            }}
          >
            {names.map((name) => (
              <div key={name} role="gridcell" class={`td ${dataset.find(name)?.type === "int" ? "num" : ""}`}>
                <span class="clip" title={titleText(dataset, name, rows[index]!)}>
                  <bdi>{cellOf(report, dataset, name, rows[index]!)}</bdi>
                </span>
              </div>
            ))}
          </div>
        ))}
      </div>
      {printing && rows.length > PRINTED && (
        <p class="print-note">
          The first {count(PRINTED)} of {count(rows.length)} rows are printed; export the CSV for all of them.
        </p>
      )}
    </div>
  );
}

function titleText(dataset: Dataset, name: string, row: number): string | undefined {
  const text = dataset.text(name, row);
  return text.length > 14 ? text : undefined;
}

function ariaSort(sorted: false | "asc" | "desc"): "ascending" | "descending" | "none" {
  return sorted === "asc" ? "ascending" : sorted === "desc" ? "descending" : "none";
}

function SortMark({ sorted, place }: { sorted: false | "asc" | "desc"; place: number }) {
  if (!sorted) return <svg class="sort" viewBox="0 0 8 10" aria-hidden="true" />;
  return (
    <span class="sorted">
      <svg class="sort" viewBox="0 0 8 10" aria-hidden="true">
        <path d={sorted === "asc" ? "M4 2 7 6H1z" : "M4 8 1 4h6z"} />
      </svg>
      {place > 0 && <small>{place}</small>}
    </span>
  );
}
