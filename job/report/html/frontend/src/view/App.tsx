/** The page's frame: what report this is, the way around, and the warning that must be seen on every view. */

import { useEffect, useRef, useState } from "preact/hooks";
import { count, plural } from "../data/words";
import { NO_FILTERS } from "../data/filter";
import { START, type View, VIEWS, withSet, write } from "../state/address";
import { type Go, usePlace, useReport } from "../state/use";
import { About } from "./About";
import { KeyPage } from "./KeyPage";
import { Overview } from "./Overview";
import { StorePage } from "./Reads";
import { AccountsView, ChangesView, CredentialsView, KeysView, StoresView } from "./TableViews";

const NAMES: Record<View, string> = {
  overview: "Overview",
  keys: "Keys",
  data: "Data",
  credentials: "Credentials",
  accounts: "Accounts",
  changes: "Changes",
  about: "About",
};

export function App() {
  const report = useReport();
  const [place, go] = usePlace();
  const main = useRef<HTMLElement>(null);
  const where = place.key ?? place.store ?? place.view;
  const first = useRef(true);
  useEffect(() => {
    document.title = titleOf(place.key ?? place.store, place.view, report.extra.title);
    if (!first.current) main.current?.focus({ preventScroll: true });
    first.current = false;
    scrollTo({ top: 0 });
  }, [where]);

  return (
    <>
      <a class="skip" href="#main" onClick={(event) => (event.preventDefault(), main.current?.focus())}>
        Skip to the content
      </a>
      <Head view={place.key !== null ? "keys" : place.store !== null ? "data" : place.view} />
      <Unread />
      <main id="main" ref={main} tabIndex={-1} class={place.key === null && place.store === null ? `view-${place.view}` : "view-key"}>
        {place.key !== null ? <KeyPage key={place.key} id={place.key} show={place.show} go={go} /> : place.store !== null ? <StorePage arn={place.store} show={place.show} go={go} /> : <Page view={place.view} go={go} />}
      </main>
    </>
  );
}

function titleOf(key: string | null, view: View, title: string): string {
  if (key !== null) return `${key} – ${title}`;
  return view === "overview" ? title : `${NAMES[view]} – ${title}`;
}

const TABLES = { keys: KeysView, data: StoresView, credentials: CredentialsView, accounts: AccountsView, changes: ChangesView };

function Page({ view, go }: { view: View; go: Go }) {
  if (view === "overview") return <Overview />;
  if (view === "about") return <About />;
  const Table = TABLES[view];
  return (
    <>
      <h1 class="hidden">{NAMES[view]}</h1>
      <Table go={go} />
    </>
  );
}

function Head({ view }: { view: View }) {
  const report = useReport();
  const { organizationId, reportDate } = report.extra;
  return (
    <header class="head">
      <a class="brand" href={write(START)}>
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <circle cx="8" cy="12" r="4.6" />
          <path d="M12.6 12H22M18.4 12v4.2M22 12v3" />
        </svg>
        <span>
          Access key report
          <small>
            {organizationId && <span>{organizationId} · </span>}
            <time>{reportDate}</time>
          </small>
        </span>
      </a>
      <nav aria-label="Views">
        {VIEWS.map((name) => (
          <a key={name} href={write({ ...START, view: name })} aria-current={name === view ? "page" : undefined}>
            {NAMES[name]}
            {name === "keys" && <small>{count(report.keys.rows)}</small>}
            {name === "data" && report.stores.rows > 0 && <small>{count(report.stores.rows + report.extra.left.stores)}</small>}
            {name === "credentials" && <small>{count(report.credentials.rows)}</small>}
            {name === "accounts" && <small>{count(report.accounts.rows)}</small>}
            {name === "changes" && report.extra.previousDate && <small>{count(report.changes.rows)}</small>}
          </a>
        ))}
      </nav>
      <Theme />
    </header>
  );
}

const THEMES = ["auto", "light", "dark"] as const;

function Theme() {
  const [theme, setTheme] = useState<(typeof THEMES)[number]>("auto");
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  return (
    <fieldset class="theme">
      <legend class="hidden">Colours</legend>
      {THEMES.map((name) => (
        <label key={name} title={`${name} colours`}>
          <input type="radio" name="theme" checked={theme === name} onChange={() => setTheme(name)} />
          <span>{name}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** Accounts that were not read are no accounts without keys: this stands above every view. */
function Unread() {
  const report = useReport();
  const coverage = report.coverage;
  const partial = coverage.get("partial") ?? 0;
  const unread = report.unread;
  if (unread + partial === 0) return null;
  const words = unread > 0 ? ["failed", "skipped"] : ["partial"];
  const link = write({ ...START, view: "accounts", filters: withSet(NO_FILTERS, "coverage", words) });
  return (
    <aside class={unread > 0 ? "unread" : "unread partly"} aria-label="Coverage">
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <path d="M12 3 22 20.5H2zM12 9.5v5M12 17v.6" />
      </svg>
      <p>
        {unread > 0 && (
          <>
            <strong>{plural(unread, "account")}</strong> of {count(report.accounts.rows)}{" "}
            {unread === 1 ? "was" : "were"} not read. Their keys are in no number, chart or table here.{" "}
          </>
        )}
        {partial > 0 && (
          <>
            <strong>{plural(partial, "account")}</strong> {partial === 1 ? "was" : "were"} read in part.{" "}
          </>
        )}
        <a href={link}>Which and why</a>
      </p>
    </aside>
  );
}
