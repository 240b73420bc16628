/** The tables: which columns they show first, what they are searched in and filtered by. */

import { useMemo } from "preact/hooks";
import { NO_FILTERS } from "../data/filter";
import { count, plural } from "../data/words";
import { read, withSet } from "../state/address";
import type { Report } from "../state/report";
import { type Go, useReport } from "../state/use";
import { Choices, Days, TagChoices, Units } from "./Filters";
import { type TableSpec, TableView } from "./TableView";

const KEY_SEARCH = ["access_key_id", "user_name", "user_arn", "account_id", "account_name", "account_email", "ou_path", "user_groups", "policies", "account_tags", "user_tags", "key_last_used_service", "admin_via", "risk_reasons", "owner", "exception_id"];
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
      ties: [
        { id: "known_leaked", desc: true },
        { id: "admin_access", desc: false },
        { id: "key_age_days", desc: true },
      ],
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
      <Choices {...panel} name="risk_status" title="Open or accepted" />
      <Choices {...panel} name="open_risk_level" title="Open risk" />
      <Choices {...panel} name="owner" title="Owner" />
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
      <Choices {...panel} name="probable_user" title="Probably used by" />
      <Choices {...panel} name="exception_id" title="Exception" />
      <Choices {...panel} name="account_name" title="Account" />
      <Choices {...panel} name="key_last_used_service" title="Last service" />
      <Choices {...panel} name="mfa_active" title="MFA" />
      <Choices {...panel} name="limited_by" title="Limited by" />
      <Choices {...panel} name="known_leaked" title="Known to be leaked" />
      <Choices {...panel} name="risk_reasons" title="Risk reason" />
      <Choices {...panel} name="change" title="Change" />
      <Choices {...panel} name="key_status" title="Status" />
      <Choices {...panel} name="analysis_status" title="Analysis" />
    </>
  );
}

const STORE_SEARCH = ["store_name", "store_arn", "store_type", "store_region", "store_tags", "account_id", "account_name", "ou_path", "other_accounts"];

export function StoresView({ go }: { go: Go }) {
  const report = useReport();
  const { stores: left } = report.extra.left;
  const spec = useMemo<TableSpec>(
    () => ({
      dataset: report.stores,
      noun: "store",
      searched: STORE_SEARCH,
      columns: ["store_name", "sensitive", "store_type", "account_name", "keys_direct", "keys_through_roles", "keys_as_administrators", "store_region", "store_tags", "store_key_arn", "open_to_all", "other_accounts"],
      sort: [{ id: "sensitive", desc: true }],
      ties: [
        { id: "keys_direct", desc: true },
        { id: "keys_through_roles", desc: true },
        { id: "keys_as_administrators", desc: true },
      ],
      placeholder: "Search stores, accounts, tags…",
      empty: report.extra.storesAsked ? <>No data store was found in the accounts that were read.</> : <>Data stores were not read: the setting REPORT_DATA_STORES names the kinds that a run reads.</>,
      panel: (panel) => (
        <>
          <Choices {...panel} name="sensitive" title="Sensitive" open />
          <Choices {...panel} name="store_type" title="Kind" open />
          <Choices {...panel} name="open_to_all" title="Open to all" />
          <Choices {...panel} name="other_accounts" title="Accounts let in" />
          <Choices {...panel} name="account_name" title="Account" open />
          <Units {...panel} title="Organizational unit" />
          <TagChoices {...panel} />
          <Choices {...panel} name="store_region" title="Region" />
          <Choices {...panel} name="policy_status" title="Own policy" />
          <Choices {...panel} name="object_acls" title="Object ACLs" />
        </>
      ),
      onOpen: (row) => go({ ...read(""), store: report.stores.text("store_arn", row) }),
    }),
    [report],
  );
  return (
    <>
      {left > 0 && (
        <p class="hint left-out">
          The page holds the {count(report.stores.rows)} stores that tell most (open to all, sensitive, most read); {plural(left, "more store")} {left === 1 ? "is" : "are"} in {report.fileOf("stores")} alone.
        </p>
      )}
      <TableView spec={spec} go={go} />
    </>
  );
}

const CREDENTIAL_SEARCH = ["credential_id", "credential_alias", "credential_kind", "credential_service", "user_name", "account_id", "account_name", "owner", "ou_path", "permits", "exception_id"];

export function CredentialsView({ go }: { go: Go }) {
  const report = useReport();
  const spec = useMemo<TableSpec>(
    () => ({
      dataset: report.credentials,
      noun: "credential",
      searched: CREDENTIAL_SEARCH,
      columns: ["credential_kind", "user_name", "account_name", "risk_level", "risk_status", "recommended_action", "credential_age_days", "credential_expires_at", "owner", "permits", "credential_service", "credential_last_used_at", "risk_reasons", "credential_id"],
      sort: [{ id: "risk_level", desc: false }],
      ties: [{ id: "credential_age_days", desc: true }],
      placeholder: "Search credentials, users, accounts…",
      empty: <>No credential of the kinds of REPORT_CREDENTIALS was found in the accounts that were read.</>,
      panel: (panel) => (
        <>
          <Choices {...panel} name="risk_level" title="Risk" open />
          <Choices {...panel} name="credential_kind" title="Kind" open />
          <Choices {...panel} name="credential_service" title="Service" open />
          <Choices {...panel} name="risk_status" title="Open or accepted" />
          <Choices {...panel} name="open_risk_level" title="Open risk" />
          <Choices {...panel} name="exception_id" title="Exception" />
          <Choices {...panel} name="owner" title="Owner" />
          <Choices {...panel} name="admin_access" title="Administrator" />
          <Choices {...panel} name="mfa_active" title="MFA" />
          <Choices {...panel} name="permits" title="Permits" />
          <Units {...panel} title="Organizational unit" />
          <TagChoices {...panel} />
          <Days {...panel} name="credential_age_days" title="Age" />
          <Choices {...panel} name="recommended_action" title="Next step" />
          <Choices {...panel} name="risk_reasons" title="Risk reason" />
          <Choices {...panel} name="credential_status" title="Status" />
        </>
      ),
      onOpen: (row) => {
        const key = keyOfUser(report, row);
        if (key !== null) go({ ...read(""), key });
      },
    }),
    [report],
  );
  return <TableView spec={spec} go={go} />;
}

/** A key of the credential's user; null where the user has none in the report. */
function keyOfUser(report: Report, row: number): string | null {
  const arn = report.keys.find("user_arn");
  const code = arn ? arn.values.indexOf(report.credentials.text("user_arn", row)) + 1 : 0;
  const key = code > 0 ? arn!.codes.indexOf(code) : -1;
  return key < 0 ? null : report.keyOf(key);
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
