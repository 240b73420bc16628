/** What keys read by name: a store's page with its keys and paths, and the stores of a key. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { type Access, accesses, pathsTo } from "../data/access";
import { type Path, pathsOf } from "../data/evidence";
import { NO_FILTERS } from "../data/filter";
import type { Subject } from "../data/trace";
import { count, plural, READS, wordOf } from "../data/words";
import { keyLink, storeLink, withSet } from "../state/address";
import { linkTo } from "../state/links";
import type { Report } from "../state/report";
import { type Go, useReport } from "../state/use";
import { Plain } from "./cells";
import { NotKnown, Risk, Verdict } from "./marks";
import { PathGraph } from "./PathGraph";
import { PathList } from "./PathList";

const FEW = 50;

/** Null until they are opened. */
function useAccesses(wanted: (access: Access) => boolean, key: string): readonly Access[] | string | null {
  const [found, setFound] = useState<readonly Access[] | string | null>(null);
  useEffect(() => {
    let current = true;
    accesses().then(
      (all) => current && setFound(all.filter(wanted)),
      (error: unknown) => current && setFound(String(error)),
    );
    return () => {
      current = false;
    };
  }, [key]);
  return found;
}

export function Sensitive({ report, store }: { report: Report; store: number }) {
  return report.stores.at("sensitive", store) === true ? <b class="sensitive">Sensitive</b> : null;
}

const FACTS = ["store_type", "store_arn", "store_region", "store_tags", "store_key_arn", "policy_status", "other_accounts", "open_to_all", "object_acls", "account_name", "account_id", "ou_path"];

export function StorePage({ arn, show, go }: { arn: string; show: string | null; go: Go }) {
  const report = useReport();
  const store = report.storeRowOf(arn);
  if (store === null) {
    return (
      <section class="empty big">
        <h1>
          <code>{arn}</code>
        </h1>
        <p>This store is not in the page: it was not read, or it is in {report.fileOf("stores")} alone.</p>
        <a href={linkTo(NO_FILTERS, "data")}>All stores of the page</a>
      </section>
    );
  }
  return <KnownStore key={arn} store={store} arn={arn} show={show} go={go} />;
}

function KnownStore({ store, arn, show, go }: { store: number; arn: string; show: string | null; go: Go }) {
  const report = useReport();
  const { stores, keys } = report;
  const readers = useAccesses((access) => access.store === store, arn);
  const [all, setAll] = useState(false);
  const listed = useMemo(() => (Array.isArray(readers) ? [...readers].sort((a, b) => rankOf(a) - rankOf(b)) : []), [readers]);
  const chosen = listed.find(({ key }) => report.keyOf(key) === show) ?? listed[0];
  const administrators = stores.number("keys_as_administrators", store) ?? 0;
  const told = (stores.number("keys_direct", store) ?? 0) + (stores.number("keys_through_roles", store) ?? 0) + administrators;
  const facts = FACTS.flatMap((name) => stores.find(name) ?? []);
  return (
    <article class="key-page store-page">
      <header class="key-head">
        <p class="crumbs">
          <a href={linkTo(NO_FILTERS, "data")}>Data</a>
          <span aria-hidden="true"> / </span>
          <a href={linkTo(withSet(NO_FILTERS, "account_id", [stores.text("account_id", store)]), "data")}>
            <bdi>{stores.text("account_name", store) || stores.text("account_id", store)}</bdi>
          </a>
        </p>
        <h1>
          <bdi>{stores.text("store_name", store)}</bdi>
        </h1>
        <div class="verdict-line">
          <span>{wordOf(stores.text("store_type", store))}</span>
          <Sensitive report={report} store={store} />
          {stores.at("open_to_all", store) === true && <b class="leaked">Open to all</b>}
          <span>
            read by <b>{count(stores.number("keys_direct", store) ?? 0)}</b> as themselves, <b>{count(stores.number("keys_through_roles", store) ?? 0)}</b> through roles, <b>{count(administrators)}</b> as administrators
          </span>
        </div>
      </header>
      <section class="card scroll reads" aria-labelledby="readers">
        <h2 id="readers">Keys that read it</h2>
        {typeof readers === "string" && <p role="alert">{readers}</p>}
        {readers === null && <p class="hint">Opening the readers…</p>}
        {listed.length > 0 && (
          <table>
            <thead>
              <tr>
                <th>Key</th>
                <th>User</th>
                <th>Account</th>
                <th>Risk</th>
                <th>Reads</th>
                <th>As whom</th>
                <th>Path</th>
              </tr>
            </thead>
            <tbody>
              {(all ? listed : listed.slice(0, FEW)).map((access) => (
                <tr key={access.key} class={access === chosen ? "chosen" : ""}>
                  <td>
                    <a href={keyLink(report.keyOf(access.key))}>
                      <code>{keys.text("access_key_id", access.key) || "root key"}</code>
                    </a>
                  </td>
                  <td>
                    <bdi>{keys.text("user_name", access.key)}</bdi>
                  </td>
                  <td>
                    <bdi>{keys.text("account_name", access.key)}</bdi>
                  </td>
                  <td>
                    <Risk level={keys.text("risk_level", access.key)} />
                  </td>
                  <td>
                    <Verdict verdict={access.verdict} />
                  </td>
                  <td>{waysOf(report, access.via)}</td>
                  <td>
                    <button type="button" class="plain" aria-pressed={access === chosen} onClick={() => go({ show: report.keyOf(access.key) }, "replace")}>
                      Show
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {listed.length > FEW && (
          <button type="button" class="plain" onClick={() => setAll(!all)}>
            {all ? "Fewer keys" : `All ${plural(listed.length, "key")}`}
          </button>
        )}
        {Array.isArray(readers) && told > listed.length && (
          <p class="hint">
            {plural(told - listed.length, "more key")} {told - listed.length === 1 ? "reads" : "read"} it: administrators of its account, which are listed by name for sensitive stores alone
            {report.extra.left.access > 0 && `, and those that are in ${report.fileOf("access")} alone`}.{" "}
          </p>
        )}
        {Array.isArray(readers) && told === 0 && listed.length === 0 && <p class="hint">No key of the report reads it.</p>}
      </section>
      {chosen && <AccessEvidence key={chosen.key} access={chosen} />}
      <section class="facts" aria-label="Facts of the store">
       <div class="card">
        <h2>The store</h2>
        {aclsOf(stores.text("object_acls", store)) && <p class="hint">{aclsOf(stores.text("object_acls", store))}</p>}
        <dl>
          {facts.map((column) => (
            <div key={column.name}>
              <dt title={column.meaning}>{report.titleOf(column)}</dt>
              <dd>
                <bdi>
                  <Plain value={column.at(store)} type={column.type} name={column.name} />
                </bdi>
              </dd>
            </div>
          ))}
        </dl>
       </div>
      </section>
    </article>
  );
}

/** What the keys listed here leave out, where a bucket's objects may have access control lists. */
function aclsOf(objectAcls: string): string {
  if (objectAcls === "on") return "Objects in it may let in others by access control lists of their own, which were not read.";
  return objectAcls === "not_read" ? "Whether objects in it let in others by access control lists of their own was not read." : "";
}

function rankOf({ verdict, via }: Access): number {
  return (READS as readonly string[]).indexOf(verdict) * 2 + (via.includes("direct") ? 0 : 1);
}

function waysOf(report: Report, via: readonly string[]): string {
  return via
    .map((way) => {
      if (way === "direct") return "as itself";
      if (way === "admin") return "as administrator";
      if (way.startsWith("role:")) return `role ${way.slice(way.lastIndexOf("/") + 1)}`;
      return way.startsWith("escalation:") ? (report.extra.methods[way.slice(11)] ?? way) : way;
    })
    .join("; ");
}

function AccessEvidence({ access }: { access: Access }) {
  const report = useReport();
  const { keys, stores, accounts } = report;
  const [paths, setPaths] = useState<readonly Path[] | null>(null);
  const [lit, setLit] = useState<Path | null>(null);
  const { key, store } = access;
  const [account, user, arn] = [keys.text("account_id", key), keys.text("user_name", key), keys.text("user_arn", key)];
  useEffect(() => {
    let current = true;
    const named = { type: stores.text("store_type", store), arn: stores.text("store_arn", store), account: stores.text("account_id", store) };
    const found = (recorded: readonly Path[]) => current && setPaths(pathsTo(access, named, arn, recorded));
    pathsOf(report.blocks.number("block", key), account, user).then(({ shown }) => found(shown), () => found([]));
    return () => {
      current = false;
    };
  }, [access]);
  const subject = useMemo<Subject>(
    () => ({
      key: keys.text("access_key_id", key) || "root key",
      account,
      accountName: (id) => nameOf(accounts, id),
      target: stores.text("store_name", store),
      home: stores.text("account_id", store),
      isKey: stores.text("store_type", store) === "kms_key",
      apart: false,
      methodTitle: (method) => (report.extra.methods[method] ? `${method} ${report.extra.methods[method]}` : method),
    }),
    [access],
  );
  return (
    <section class="card evidence" aria-labelledby="reads-how">
      <div class="card-head">
        <h2 id="reads-how">
          How <bdi>{user}</bdi> reads <bdi>{subject.target}</bdi>
        </h2>
        <Verdict verdict={access.verdict} />
      </div>
      <p class="reason">
        <bdi>{access.reason}</bdi>
      </p>
      {paths === null ? (
        <p class="hint">Opening the evidence…</p>
      ) : (
        <>
          <PathGraph paths={paths.slice(0, FEW)} subject={subject} lit={lit} label={`${plural(paths.length, "path")} from key ${subject.key} to ${subject.target}`} />
          <PathList paths={paths} subject={subject} account={account} user={user} arn={arn} onLight={setLit} />
        </>
      )}
    </section>
  );
}

function nameOf(accounts: Report["accounts"], id: string): string {
  for (let row = 0; row < accounts.rows; row++) if (accounts.text("account_id", row) === id) return accounts.text("account_name", row) || id;
  return id;
}

/** The named stores of a key, sensitive ones first. */
export function KeyStores({ row }: { row: number }) {
  const report = useReport();
  const { keys, stores } = report;
  const found = useAccesses(({ key }) => key === row, String(row));
  const [all, setAll] = useState(false);
  const listed = useMemo(() => (Array.isArray(found) ? [...found].sort((a, b) => Number(isSensitive(report, b)) - Number(isSensitive(report, a)) || rankOf(a) - rankOf(b)) : []), [found]);
  if (stores.rows === 0) return null;
  return (
    <section class="card scroll reads" aria-labelledby="key-stores">
      <h2 id="key-stores">Stores that it reads</h2>
      {typeof found === "string" && <p role="alert">{found}</p>}
      {Array.isArray(found) && listed.length === 0 && <NotKnown what="None is listed for this key." />}
      {listed.length > 0 && (
        <table>
          <thead>
            <tr>
              <th>Store</th>
              <th>Kind</th>
              <th>Account</th>
              <th>Reads</th>
              <th>As whom</th>
              <th>Why</th>
            </tr>
          </thead>
          <tbody>
            {(all ? listed : listed.slice(0, FEW)).map((access) => (
              <tr key={access.store}>
                <td>
                  <a href={`${storeLink(stores.text("store_arn", access.store))}&show=${encodeURIComponent(report.keyOf(row))}`}>
                    <bdi>{stores.text("store_name", access.store)}</bdi>
                  </a>{" "}
                  <Sensitive report={report} store={access.store} />
                </td>
                <td>{wordOf(stores.text("store_type", access.store))}</td>
                <td>
                  <bdi>{stores.text("account_name", access.store)}</bdi>
                </td>
                <td>
                  <Verdict verdict={access.verdict} />
                </td>
                <td>{waysOf(report, access.via)}</td>
                <td>
                  <bdi class="why">{access.reason}</bdi>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {listed.length > FEW && (
        <button type="button" class="plain" onClick={() => setAll(!all)}>
          {all ? "Fewer stores" : `All ${plural(listed.length, "store")}`}
        </button>
      )}
      <p class="hint">
        {keys.text("admin_access", row) !== "none" && "As administrator of an account it reads every store there; those are listed where they are sensitive."}
        {report.extra.left.access > 0 && ` The page leaves out ${plural(report.extra.left.access, "pair")} of keys and stores; all are in ${report.fileOf("access")}.`}
      </p>
    </section>
  );
}

function isSensitive({ stores }: Report, { store }: Access): boolean {
  return stores.at("sensitive", store) === true;
}
