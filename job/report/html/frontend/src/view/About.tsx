/** How to read the report: the run, the words, the rules, the columns, the licences. */

import { ADMIN, plural, READS, sentence } from "../data/words";
import { useReport } from "../state/use";
import { Risk, Verdict } from "./marks";

const ADMIN_MEANINGS: Record<string, string> = {
  direct: "Its own policies make it an administrator as it stands.",
  escalates: "It is not one, but gets there in one or more steps.",
  conditional: "Only if an open condition holds, such as a source address, or a resource exists that was not looked at.",
  unknown: "A part that decides could not be read or understood. It may be anything.",
  none: "Proved: nothing permits it.",
};

const READ_MEANINGS: Record<string, string> = {
  all: "Every resource of the kind in its own account, or in one that it reaches.",
  some: "At least one resource of the kind; the paths name the patterns.",
  conditional: ADMIN_MEANINGS.conditional!,
  unknown: ADMIN_MEANINGS.unknown!,
  none: ADMIN_MEANINGS.none!,
};

export function About() {
  const { extra, keys, accounts, unread } = useReport();
  return (
    <div class="about">
      <h1>About this report</h1>
      <p class="lede">
        {plural(keys.rows, "key")} of {plural(accounts.rows - unread, "account")}, as AWS described them when each account was read. {extra.storesAsked
          ? "Policies of the data stores that the run asked for were read; other resource policies but the trust policies of roles were not."
          : "Resource policies other than the trust policies of roles were not read: a verdict is what identity, boundary and organization policies permit."}
      </p>
      <div class="columns even">
        <Words title="Administrator" words={ADMIN} meanings={ADMIN_MEANINGS} />
        <Words title="Reading data" words={READS} meanings={READ_MEANINGS} />
      </div>
      <section class="card scroll">
        <h2>Risk rules</h2>
        <p class="hint">The highest level of the rules that apply is the key's risk; the strongest action among them is its next step.</p>
        <table>
          <thead>
            <tr>
              <th>Level</th>
              <th>Rule</th>
              <th>Applies when</th>
              <th>Next step</th>
            </tr>
          </thead>
          <tbody>
            {extra.riskRules.map(({ id, level, action, when, why }) => (
              <tr key={id}>
                <td>
                  <Risk level={level} />
                </td>
                <td>
                  <code>{id}</code>
                  <br />
                  {why}
                </td>
                <td>{when}</td>
                <td>{sentence(action)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <details class="card">
        <summary>The run and its settings</summary>
        <dl class="wide">
          {extra.facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <bdi>{value}</bdi>
              </dd>
            </div>
          ))}
        </dl>
      </details>
      <details class="card">
        <summary>Columns of the keys table</summary>
        <dl class="wide">
          {keys.columns.map(({ name, meaning }) => (
            <div key={name}>
              <dt>
                <code>{name}</code>
              </dt>
              <dd>{meaning}</dd>
            </div>
          ))}
        </dl>
      </details>
      <details class="card">
        <summary>Keyboard</summary>
        <dl>
          {[
            ["/", "go to the search box"],
            ["↑ ↓ Page Up Page Down Home End", "move in a table that has the focus"],
            ["Enter", "open the row"],
            ["Shift + click on a heading", "sort by one more column"],
          ].map(([key, what]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
      </details>
      <details class="card">
        <summary>Licences of what this page is built with</summary>
        <pre class="licences">{extra.licences}</pre>
      </details>
    </div>
  );
}

function Words({ title, words, meanings }: { title: string; words: readonly string[]; meanings: Record<string, string> }) {
  return (
    <section class="card">
      <h2>{title}</h2>
      <dl>
        {words.map((word) => (
          <div key={word}>
            <dt>
              <Verdict verdict={word} />
            </dt>
            <dd>{meanings[word]}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
