/** What to do about a key: what is accepted of it, what takes its place, and the commands that a person would type. */

import { useReport } from "../state/use";
import type { Report } from "../state/report";
import { Risk } from "./marks";

/** What the policy file accepts of a key, and what stays open all the same. */
export function Acceptance({ row }: { row: number }) {
  const report = useReport();
  const id = report.keys.text("exception_id", row);
  if (!id) return null;
  const exception = report.exceptionOf(row);
  const accepted = report.keys.list("accepted_reasons", row);
  const left = report.keys.list("risk_reasons", row).filter((reason) => !accepted.includes(reason));
  return (
    <p class="accepted">
      <b>{report.keys.text("risk_status", row) === "accepted" ? "Accepted" : "Accepted in part"}</b> until <time>{report.keys.text("exception_expires", row)}</time> by <bdi>{id}</bdi>
      {exception && (
        <>
          : <bdi>{exception.reason}</bdi>
        </>
      )}
      . Rules: {accepted.join(", ")}.
      {left.length > 0 && (
        <>
          {" "}
          Still open, <Risk level={report.keys.text("open_risk_level", row)} />: {left.join(", ")}.
        </>
      )}
    </p>
  );
}

export function HowTo({ row }: { row: number }) {
  const report = useReport();
  const how = report.keys.text("action_how", row);
  const sign = report.keys.text("probable_user_sign", row);
  const commands = commandsOf(report, row);
  if (!how) return null;
  return (
    <section class="card how" aria-labelledby="how">
      <h2 id="how">What to do</h2>
      <p>
        {how.charAt(0).toUpperCase() + how.slice(1)}.{sign && <span class="hint"> Who uses it is a guess, by: {sign}.</span>}
      </p>
      {commands.length > 0 && (
        <>
          <p class="hint">For whoever may, with credentials of account {report.keys.text("account_id", row)}. This report changes nothing.</p>
          <ol>
            {commands.map(([what, command]) => (
              <li key={what}>
                {what}
                <pre>
                  <code>{command}</code>
                </pre>
              </li>
            ))}
          </ol>
        </>
      )}
    </section>
  );
}

/** Who uses it, off, and gone; none for a key whose id is not known. */
function commandsOf({ keys }: Report, row: number): (readonly [what: string, command: string])[] {
  const id = keys.text("access_key_id", row);
  if (!id || keys.text("principal_type", row) !== "iam_user") return [];
  const region = keys.text("key_last_used_region", row);
  const key = `--user-name ${quoted(keys.text("user_name", row))} --access-key-id ${id}`;
  return [
    ["See who uses it", `aws cloudtrail lookup-events --lookup-attributes AttributeKey=AccessKeyId,AttributeValue=${id}${region ? ` --region ${region}` : ""}`],
    ["Switch it off, which can be undone", `aws iam update-access-key ${key} --status Inactive`],
    ["Delete it, when nothing broke", `aws iam delete-access-key ${key}`],
  ];
}

function quoted(name: string): string {
  return `'${name.replaceAll("'", "'\\''")}'`;
}
