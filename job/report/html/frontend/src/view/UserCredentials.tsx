/** The other long-lived credentials of a key's user. */

import { days, sentence, wordOf } from "../data/words";
import { NO_FILTERS } from "../data/filter";
import { withSet } from "../state/address";
import { linkTo } from "../state/links";
import { useReport } from "../state/use";
import type { Report } from "../state/report";
import { moment, permitsOf } from "./cells";
import { NotKnown, Risk } from "./marks";

export function UserCredentials({ row }: { row: number }) {
  const report = useReport();
  const { keys, credentials } = report;
  const arn = credentials.find("user_arn");
  const user = keys.text("user_arn", row);
  const code = arn ? arn.values.indexOf(user) + 1 : 0;
  if (!arn || code === 0) return null;
  const own = [...arn.codes.keys()].filter((place) => arn.codes[place] === code);
  return (
    <section class="card scroll reads" aria-labelledby="user-credentials">
      <h2 id="user-credentials">Other credentials of this user</h2>
      <table>
        <thead>
          <tr>
            <th>Kind</th>
            <th>Risk</th>
            <th>Open or accepted</th>
            <th>Age</th>
            <th>Expires</th>
            <th>Permits</th>
            <th>Next step</th>
          </tr>
        </thead>
        <tbody>
          {own.map((place) => (
            <tr key={place}>
              <td>
                {wordOf(credentials.text("credential_kind", place))} <code>{credentials.text("credential_id", place)}</code>
              </td>
              <td>
                <Risk level={credentials.text("risk_level", place)} />
              </td>
              <td>{standingOf(report, place)}</td>
              <td>{days(credentials.number("credential_age_days", place))}</td>
              <td>{moment(credentials.text("credential_expires_at", place)) || "Never"}</td>
              <td>{credentials.at("permits", place) === null ? <NotKnown /> : permitsOf(report, credentials.list("permits", place))}</td>
              <td>{sentence(credentials.text("recommended_action", place))}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <a href={linkTo(withSet(NO_FILTERS, "user_arn", [user]), "credentials")}>In the table of credentials</a>
    </section>
  );
}

/** `Accepted until 2027-03-01 by SEC-1; still open: Low`, as the page of a key says it. */
function standingOf({ credentials }: Report, row: number): string {
  const id = credentials.text("exception_id", row);
  const status = credentials.text("risk_status", row);
  if (!id) return wordOf(status);
  const left = credentials.text("open_risk_level", row);
  return `${status === "accepted" ? "Accepted" : "Accepted in part"} until ${credentials.text("exception_expires", row)} by ${id}${left ? `; still open: ${wordOf(left)}` : ""}`;
}
