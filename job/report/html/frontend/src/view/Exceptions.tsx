/** What the policy file accepts, and what of it no longer counts or is about nothing. */

import { count } from "../data/words";
import { NO_FILTERS } from "../data/filter";
import { withSet } from "../state/address";
import { linkSet, linkTo } from "../state/links";
import { useReport } from "../state/use";

const STATES: Record<string, string> = {
  holds: "Holds",
  expired: "Expired, no longer counts",
  unmatched: "Matches nothing",
  not_needed: "No longer needed",
};

export function Exceptions() {
  const { exceptions, policyRemarks } = useReport().extra;
  const others = policyRemarks.filter((remark) => !exceptions.some(({ id }) => remark.includes(`: exception ${id}: `)));
  if (exceptions.length === 0 && others.length === 0) return null;
  return (
    <section class="card scroll exceptions" aria-labelledby="exceptions">
      <h2 id="exceptions">What is accepted</h2>
      {exceptions.length > 0 && (
        <table>
          <thead>
            <tr>
              <th>Exception</th>
              <th>Reason</th>
              <th>Owner</th>
              <th>Until</th>
              <th>State</th>
              <th class="num">Keys</th>
              <th class="num">Credentials</th>
            </tr>
          </thead>
          <tbody>
            {exceptions.map(({ id, reason, owner, expires, state, keys, credentials }) => (
              <tr key={id} class={state}>
                <td>
                  <bdi>{id}</bdi>
                </td>
                <td>
                  <bdi>{reason}</bdi>
                </td>
                <td>
                  <bdi>{owner ?? ""}</bdi>
                </td>
                <td>
                  <time>{expires}</time>
                </td>
                <td>{STATES[state] ?? state}</td>
                <td class="num">{state === "holds" && keys > 0 ? <a href={linkSet(["exception_id", [id]])}>{count(keys)}</a> : count(keys)}</td>
                <td class="num">{state === "holds" && credentials > 0 ? <a href={linkTo(withSet(NO_FILTERS, "exception_id", [id]), "credentials")}>{count(credentials)}</a> : count(credentials)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {others.map((remark) => (
        <p class="hint" key={remark}>
          {remark}
        </p>
      ))}
    </section>
  );
}
