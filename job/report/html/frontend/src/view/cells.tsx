/** How one value looks in a table cell or a list of facts. */

import type { ComponentChildren } from "preact";
import { type Dataset, textOf, type Value } from "../data/dataset";
import { count, wordOf } from "../data/words";
import { keyLink, storeLink } from "../state/address";
import type { Report } from "../state/report";
import { Coverage, NotKnown, Risk, Verdict } from "./marks";

const CODE = new Set(["access_key_id", "account_id", "user_arn", "store_arn", "store_key_arn", "credential_id", "run_id", "ou_id", "organization_id", "role_used"]);
const COUNTS = new Set(["users", "keys", "active_keys", "reported_keys"]);
export const WORDS: ReadonlySet<string> = new Set(["recommended_action", "change", "principal_type", "risk_status", "probable_user", "store_type", "policy_status", "object_acls", "credential_kind"]);
export const LEVELS: ReadonlySet<string> = new Set(["risk_level", "open_risk_level"]);

export function moment(value: string): string {
  return value.length > 10 ? `${value.slice(0, 10)} ${value.slice(11, 16)}` : value;
}

export function Plain({ value, type, name = "" }: { value: Value | null; type: string; name?: string }) {
  if (value === null || (Array.isArray(value) && value.length === 0)) return <NotKnown what="–" />;
  if (typeof value === "boolean") return <>{value ? "Yes" : "No"}</>;
  if (typeof value === "number") return <>{count(value)}</>;
  if (type === "timestamp" || type === "date") return <time>{moment(textOf(value))}</time>;
  if (Array.isArray(value)) return <>{value.join("; ")}</>;
  if (typeof value === "object") return <Tags tags={value} />;
  return <>{WORDS.has(name) ? wordOf(value) : value}</>;
}

export function Tags({ tags }: { tags: Record<string, string> }) {
  const names = Object.keys(tags);
  if (names.length === 0) return <NotKnown what="no tags" />;
  return (
    <>
      {names.map((name) => (
        <span class="tag" key={name}>
          <b>{name}</b> {tags[name]}
        </span>
      ))}
    </>
  );
}

/** The cell of a table: words with their marks, ids as code, keys as links. */
export function cellOf(report: Report, dataset: Dataset, name: string, row: number): ComponentChildren {
  const column = dataset.find(name);
  const value = column?.at(row) ?? null;
  if (!column) return null;
  if (name === "access_key_id" && dataset === report.keys) return <KeyLink report={report} row={row} value={value} />;
  if (name === "access_key_id" && typeof value === "string") return <GoneOrLink report={report} id={value} />;
  if (name === "store_name" && dataset === report.stores) {
    return (
      <a href={storeLink(dataset.text("store_arn", row))} tabIndex={-1}>
        <bdi>{textOf(value)}</bdi>
      </a>
    );
  }
  if (name === "sensitive" && value === true) return <b class="sensitive">Sensitive</b>;
  if (name === "permits" && Array.isArray(value)) return permitsOf(report, value);
  if (name === "credential_expires_at" && value === null) return "Never";
  if (name === "risk_reasons" && dataset === report.credentials && Array.isArray(value)) return value.map((id) => report.extra.credentialWhys[id] ?? id).join("; ");
  if (LEVELS.has(name) && value !== null) return <Risk level={textOf(value)} />;
  if (name === "coverage") return <Coverage coverage={textOf(value)} />;
  if (name === "admin_access" || report.capabilityIds.has(name)) return <Verdict verdict={textOf(value)} />;
  if (value === null && dataset === report.accounts && COUNTS.has(name) && !isRead(report, row)) return <NotKnown what="not read" />;
  if (name === "never_used" || value === null) return <Plain value={value} type={column.type} />;
  if (CODE.has(name)) return <code>{textOf(value)}</code>;
  if (WORDS.has(name)) return wordOf(textOf(value));
  if (name === "capability") return report.capabilityTitle(textOf(value));
  return <Plain value={value} type={column.type} />;
}

/** `s3_read:all` as `Read objects in S3: all`; what nothing permits is left out. */
export function permitsOf(report: Report, permits: readonly string[]): string {
  const told = permits.filter((permit) => !permit.endsWith(":none"));
  if (told.length === 0) return "Nothing";
  return told.map((permit) => `${report.capabilityTitle(permit.slice(0, permit.lastIndexOf(":")))}: ${permit.slice(permit.lastIndexOf(":") + 1)}`).join("; ");
}

function KeyLink({ report, row, value }: { report: Report; row: number; value: Value | null }) {
  return (
    <a href={keyLink(report.keyOf(row))} tabIndex={-1}>
      {value === null ? "root key" : <code>{textOf(value)}</code>}
    </a>
  );
}

/** A key of another table: a link where this report still holds it. */
function GoneOrLink({ report, id }: { report: Report; id: string }) {
  if (report.rowOf(id) === null) return <code>{id}</code>;
  return (
    <a href={keyLink(id)} tabIndex={-1}>
      <code>{id}</code>
    </a>
  );
}

/** An account that was not read has no number of keys, not zero. */
function isRead(report: Report, row: number): boolean {
  return ["complete", "partial"].includes(report.accounts.text("coverage", row));
}
