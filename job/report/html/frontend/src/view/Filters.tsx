/** The filter panel: counts beside each choice say what it would leave. */

import { useMemo, useState } from "preact/hooks";
import type { Dataset } from "../data/dataset";
import { facet, fieldOf, type Filters, type Matches, type Range, tagNames } from "../data/filter";
import { count, wordOf } from "../data/words";
import { withRange, withSet, withToggled } from "../state/address";
import { useReport } from "../state/use";
import { LEVELS, WORDS } from "./cells";
import { Coverage, Risk, Verdict } from "./marks";

const FEW = 7;

interface PanelProps {
  dataset: Dataset;
  filters: Filters;
  matches: Matches;
  onFilters: (filters: Filters) => void;
}

function Choice({ name, text }: { name: string; text: string }) {
  const report = useReport();
  if (text === "") return <span class="null">not known or none</span>;
  if (LEVELS.has(name)) return <Risk level={text} />;
  if (name === "coverage") return <Coverage coverage={text} />;
  if (name === "admin_access" || report.capabilityIds.has(name)) return <Verdict verdict={text} />;
  if (name === "capability") return <bdi>{report.capabilityTitle(text)}</bdi>;
  if (name === "never_used" || name === "mfa_active" || name === "console_password" || name === "sensitive" || name === "open_to_all") return <>{text === "true" ? "Yes" : "No"}</>;
  if (WORDS.has(name)) return <>{wordOf(text)}</>;
  return <bdi>{text}</bdi>;
}

export function Choices({ name, title, open = false, ...panel }: PanelProps & { name: string; title: string; open?: boolean }) {
  const report = useReport();
  const { dataset, filters, matches, onFilters } = panel;
  const chosen = filters.sets.get(name) ?? [];
  const [all, setAll] = useState(false);
  const [find, setFind] = useState("");
  const [opened, setOpened] = useState(open || chosen.length > 0);
  const field = useMemo(() => fieldOf(dataset, name), [dataset, name]);
  const counts = useMemo(
    () => (field && opened ? facet(dataset, field, matches.but.get(name) ?? matches.rows) : new Map<string, number>()),
    [field, matches, opened],
  );
  if (!field) return null;
  const order = report.orderOf(name);
  const texts = [...new Set([...chosen, ...counts.keys()])].sort((a, b) => place(a, b, counts, order));
  const found = find ? texts.filter((text) => text.toLowerCase().includes(find.toLowerCase())) : texts;
  const shown = all || find ? found.slice(0, 200) : found.slice(0, FEW + 1);
  return (
    <details class="facet" open={opened} onToggle={(event) => setOpened(event.currentTarget.open)}>
      <summary>
        <span>{title}</span>
        {chosen.length > 0 && <small>{chosen.length}</small>}
      </summary>
      {texts.length > FEW * 2 && (
        <input type="search" placeholder={`Find in ${title}`} aria-label={`Find in ${title}`} value={find} onInput={(event) => setFind(event.currentTarget.value)} />
      )}
      <ul>
        {shown.map((text) => (
          <li key={text}>
            <label>
              <input type="checkbox" checked={chosen.includes(text)} onChange={() => onFilters(withToggled(filters, name, text))} />
              <span class="clip" title={text}>
                <Choice name={name} text={text} />
              </span>
              <small>{count(counts.get(text) ?? 0)}</small>
            </label>
          </li>
        ))}
      </ul>
      {!find && found.length > FEW + 1 && (
        <button type="button" class="plain" onClick={() => setAll(!all)}>
          {all ? "Fewer" : `All ${count(found.length)}`}
        </button>
      )}
    </details>
  );
}

function place(a: string, b: string, counts: Map<string, number>, order: readonly string[] | undefined): number {
  if (order) return order.indexOf(a) - order.indexOf(b);
  return (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || (a < b ? -1 : 1);
}

const DAYS: readonly (readonly [label: string, range: Range])[] = [
  ["up to 90", [null, 90]],
  ["over 90", [91, null]],
  ["over 365", [366, null]],
];

export function Days({ name, title, filters, onFilters }: PanelProps & { name: string; title: string }) {
  const [from, to] = filters.ranges.get(name) ?? [null, null];
  const set = (range: Range) => onFilters(withRange(filters, name, range));
  return (
    <details class="facet" open={from !== null || to !== null || name === "key_age_days"}>
      <summary>
        <span>{title}</span>
        {(from !== null || to !== null) && <small>1</small>}
      </summary>
      <div class="range">
        <input type="number" min="0" placeholder="from" aria-label={`${title} from`} value={from ?? ""} onInput={(event) => set([numberIn(event.currentTarget), to])} />
        <span>to</span>
        <input type="number" min="0" placeholder="any" aria-label={`${title} to`} value={to ?? ""} onInput={(event) => set([from, numberIn(event.currentTarget)])} />
        <span>days</span>
      </div>
      <div class="chips">
        {DAYS.map(([label, range]) => (
          <button key={label} type="button" class="chip" aria-pressed={from === range[0] && to === range[1]} onClick={() => set(range)}>
            {label}
          </button>
        ))}
      </div>
    </details>
  );
}

function numberIn(input: HTMLInputElement): number | null {
  return input.value === "" ? null : input.valueAsNumber;
}

/** Organizational units as the tree they are; choosing one takes everything below it. */
export function Units({ title, ...panel }: PanelProps & { title: string }) {
  const { dataset, filters, matches, onFilters } = panel;
  const chosen = filters.sets.get("ou_path") ?? [];
  const [all, setAll] = useState(false);
  const units = useMemo(() => unitsOf(dataset, matches.but.get("ou_path") ?? matches.rows), [dataset, matches]);
  if (units.length === 0) return null;
  const shown = all ? units : units.slice(0, FEW + 3);
  return (
    <details class="facet" open>
      <summary>
        <span>{title}</span>
        {chosen.length > 0 && <small>{chosen.length}</small>}
      </summary>
      <ul>
        {shown.map(({ path, name, depth, keys }) => (
          <li key={path} style={{ paddingInlineStart: `${depth * 12}px` }}>
            <label>
              <input type="checkbox" checked={chosen.includes(path)} onChange={() => onFilters(withToggled(filters, "ou_path", path))} />
              <span class="clip" title={path}>
                <bdi>{name}</bdi>
              </span>
              <small>{count(keys)}</small>
            </label>
          </li>
        ))}
      </ul>
      {units.length > FEW + 3 && (
        <button type="button" class="plain" onClick={() => setAll(!all)}>
          {all ? "Fewer" : `All ${count(units.length)}`}
        </button>
      )}
    </details>
  );
}

function unitsOf(dataset: Dataset, rows: Uint32Array) {
  const field = fieldOf(dataset, "ou_path");
  const sums = new Map<string, number>();
  for (const [path, keys] of field ? facet(dataset, field, rows) : []) {
    const names = path.split("/");
    for (let depth = 1; depth <= names.length; depth++) {
      const prefix = names.slice(0, depth).join("/");
      sums.set(prefix, (sums.get(prefix) ?? 0) + keys);
    }
  }
  const byTree = (a: string, b: string) => (a.replaceAll("/", "\u0001") < b.replaceAll("/", "\u0001") ? -1 : 1);
  return [...sums.keys()].sort(byTree).map((path) => {
    const names = path.split("/");
    const name = decodeUnit(names.at(-1) ?? "") || "not known";
    return { path, name, depth: names.length - 1, keys: sums.get(path) ?? 0 };
  });
}

/** A `/` inside a unit's name is written `%2F` in the path. */
export function decodeUnit(name: string): string {
  return name.replaceAll("%2F", "/");
}

/** One tag at a time: first which tag, then its values. */
export function TagChoices(panel: PanelProps) {
  const report = useReport();
  const { dataset, filters, onFilters } = panel;
  const tags = useMemo(
    () => [
      ...tagNames(dataset, "store_tag").map((tag) => [`store_tag:${tag}`, tag, "Store tags"] as const),
      ...tagNames(dataset, "tag", report.extra.tags).map((tag) => [`tag:${tag}`, tag, "Account tags"] as const),
      ...tagNames(dataset, "user_tag").map((tag) => [`user_tag:${tag}`, tag, "User tags"] as const),
    ],
    [dataset],
  );
  const used = [...filters.sets.keys()].filter((name) => /^(user_|store_)?tag:/.test(name));
  const [picked, setPicked] = useState(tags[0]?.[0] ?? "");
  if (tags.length === 0) return null;
  const shown = [...new Set([...used, picked])];
  return (
    <div class="tag-facet">
      <label class="pick">
        <span>Tag</span>
        <select value={picked} onChange={(event) => setPicked(event.currentTarget.value)} aria-label="Tag to filter by">
          {["Store tags", "Account tags", "User tags"].filter((group) => tags.some(([, , kind]) => kind === group)).map((group) => (
            <optgroup key={group} label={group}>
              {tags.filter(([, , kind]) => kind === group).slice(0, 300).map(([field, tag]) => (
                <option key={field} value={field}>
                  {tag.slice(0, 60)}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
      </label>
      {shown.map((name) => (
        <Choices key={name} {...panel} name={name} title={name.slice(name.indexOf(":") + 1)} open />
      ))}
      {used.length > 1 && (
        <button type="button" class="plain" onClick={() => onFilters(used.reduce((rest, name) => withSet(rest, name, []), filters))}>
          Clear tags
        </button>
      )}
    </div>
  );
}
