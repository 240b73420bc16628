/** All that is known of one key, in groups, and every column as it is. */

import { NotKnown } from "./marks";
import { Plain } from "./cells";
import { usePrinting, useReport } from "../state/use";

const GROUPS: readonly (readonly [title: string, columns: readonly string[]])[] = [
  ["Principal", ["user_arn", "principal_type", "user_groups", "user_tags", "user_created_at", "console_password", "password_last_used_at", "mfa_active"]],
  ["Key", ["key_status", "key_created_at", "key_age_days", "key_last_used_at", "key_last_used_service", "key_last_used_region", "never_used", "known_leaked", "first_seen_date", "change"]],
  ["Ownership and acceptance", ["owner", "risk_status", "exception_id", "exception_expires", "accepted_reasons", "open_risk_level", "probable_user", "probable_user_sign"]],
  ["Account", ["account_id", "account_name", "account_email", "account_state", "is_management_account", "ou_path", "account_tags"]],
  ["Reach", ["policies", "permissions_boundary_arn", "limited_by", "reachable_roles", "reachable_accounts"]],
  ["Analysis", ["analysis_status", "analysis_note", "collected_at", "credential_report_at"]],
];

export function Facts({ row }: { row: number }) {
  const report = useReport();
  const printing = usePrinting();
  return (
    <>
      <section class="facts" aria-label="Facts">
        {GROUPS.map(([title, names]) => (
          <div class="card" key={title}>
            <h2>{title}</h2>
            <FactList row={row} names={names} />
          </div>
        ))}
      </section>
      {!printing && (
        <details class="card every">
          <summary>Every column of this row</summary>
          <FactList row={row} names={report.keys.columns.map(({ name }) => name)} raw />
        </details>
      )}
    </>
  );
}

function FactList({ row, names, raw = false }: { row: number; names: readonly string[]; raw?: boolean }) {
  const report = useReport();
  const facts = names.flatMap((name) => report.keys.find(name) ?? []);
  return (
    <dl>
      {facts.map((column) => (
        <div key={column.name}>
          <dt title={column.meaning}>{raw ? <code>{column.name}</code> : report.titleOf(column)}</dt>
          <dd>
            <bdi>{raw ? column.text(row) || <NotKnown what="–" /> : <Plain value={column.at(row)} type={column.type} name={column.name} />}</bdi>
          </dd>
        </div>
      ))}
    </dl>
  );
}
