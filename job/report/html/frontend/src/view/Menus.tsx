/** What drops down beside a table: the choice of columns and the export. */

import { useEffect, useRef, useState } from "preact/hooks";
import { csvOf, save } from "../data/csv";
import type { Dataset } from "../data/dataset";
import { plural } from "../data/words";
import { useReport } from "../state/use";

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

export function ColumnPicker({ dataset, shown, onChange }: { dataset: Dataset; shown: readonly string[]; onChange: (names: string[] | null) => void }) {
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

export function Export({ dataset, rows, shown }: { dataset: Dataset; rows: Uint32Array; shown: readonly string[] }) {
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
