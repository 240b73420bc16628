/** The paths in words: each hop, each statement as its policy says it, and a request that would get through. */

import { useState } from "preact/hooks";
import { endsOf, type Hop, type Path, shortName, type Statement } from "../data/evidence";
import { accountIn, isOfStore, isWritten, type Subject, waysOf } from "../data/trace";
import { plural } from "../data/words";
import { Verdict } from "./marks";

const FEW = 5;

interface PathListProps {
  paths: readonly Path[];
  subject: Subject;
  account: string;
  user: string;
  arn: string;
  onLight: (path: Path | null) => void;
}

export function PathList({ paths, onLight, ...rest }: PathListProps) {
  const [all, setAll] = useState(false);
  return (
    <>
      <ol class="paths">
        {(all ? paths : paths.slice(0, FEW)).map((path, index) => (
          <li key={index} onMouseEnter={() => onLight(path)} onMouseLeave={() => onLight(null)} onFocusCapture={() => onLight(path)} onBlurCapture={() => onLight(null)}>
            <details open={index === 0}>
              <summary>
                <span class="words">
                  <bdi>{inWords(path, rest.subject)}</bdi>
                </span>
                <Verdict verdict={path.verdict} />
              </summary>
              <Detail path={path} {...rest} />
            </details>
          </li>
        ))}
      </ol>
      {paths.length > FEW && (
        <button type="button" class="plain" onClick={() => setAll(!all)}>
          {all ? "Fewer paths" : `All ${plural(paths.length, "path")}`}
        </button>
      )}
    </>
  );
}

const CLASSES: Record<string, string> = {
  direct: "reads it directly",
  copied: "copies it out",
  granted: "grants itself access to it",
  credentials: "takes credentials for it",
};

/** The path as one line: who, by which step, to what. */
function inWords(path: Path, subject: Subject): string {
  const steps = path.hops.flatMap((hop, at) => stepInWords(hop, at, subject));
  const end = subject.apart ? fewOf(endsOf(path)) : (CLASSES[path.dataClass] ?? "");
  return [...steps, ofStoreInWords(path), end].filter(Boolean).join(" → ");
}

/** The store's own policies and grants, once each. */
function ofStoreInWords({ statements }: Path): string {
  const names = new Set(statements.filter((one) => isOfStore(one) && one.effect !== "Deny").map(({ attached_to, policy_name }) => (attached_to.startsWith("grant of ") ? attached_to : policy_name)));
  return names.size > 0 ? `${[...names].join(" and ")} ${names.size === 1 ? "lets" : "let"} it in` : "";
}

function stepInWords({ kind, name, by }: Hop, at: number, subject: Subject): string[] {
  if (kind === "data" || (kind === "policy" && (by === "administrator" || by === "root user"))) return [];
  const short = kind === "root" ? "the root user" : kind === "account" ? accountInWords(name, subject) : `${kind} ${shortName(name)}`;
  if (at === 0 || kind === "policy" || kind === "group") return [short];
  if (by.startsWith("role:")) return [`assumes ${short}`];
  const ways = waysOf(by, subject.methodTitle);
  return [ways.length > 0 ? `${short} (${fewOf(ways)})` : short];
}

/** The first two of several ways, and how many more there are. */
function fewOf(ways: readonly string[]): string {
  return `${ways.slice(0, 2).join("; ")}${ways.length > 2 ? `; ${ways.length - 2} more ways` : ""}`;
}

function accountInWords(name: string, subject: Subject): string {
  const id = accountIn(name);
  return id ? `administrator of ${subject.accountName(id)}` : name;
}

function Detail({ path, account, user, arn }: { path: Path } & Omit<PathListProps, "paths" | "onLight">) {
  return (
    <div class="detail">
      {path.statements.filter(isWritten).map((statement, index) => (
        <StatementBox key={index} statement={statement} />
      ))}
      {path.narrowedBy && (
        <p class="hint">
          Narrowed by <b>{path.narrowedBy}</b>.
        </p>
      )}
      {path.note && (
        <p class="hint">
          <bdi>{path.note}</bdi>
        </p>
      )}
      {path.witness && (
        <div class="witness">
          <h3>A request that gets through</h3>
          <p>
            <code>{path.witness.action}</code> on <code>{path.witness.resource}</code>
            {path.witness.principal && path.witness.principal !== arn && (
              <>
                {" "}
                as <code>{path.witness.principal}</code>
              </>
            )}
          </p>
          {path.witness.principal === arn && <Command text={commandOf(path, account, user)} />}
        </div>
      )}
    </div>
  );
}

function StatementBox({ statement }: { statement: Statement }) {
  const { attached_to, policy_name, policy_arn, statement_index, statement_sid, effect, actions, resources, conditions } = statement;
  return (
    <div class={`statement ${effect === "Deny" ? "deny" : ""}`}>
      <p>
        <b>{effect}</b> by <bdi title={policy_arn ?? undefined}>{policy_name || "the trust policy"}</bdi>, statement {statement_index}
        {statement_sid && (
          <>
            {" "}
            <bdi>({statement_sid})</bdi>
          </>
        )}
        , on <bdi>{attached_to.replace(/^trust /, "role ")}</bdi>
      </p>
      <dl>
        <Patterns name="Actions" patterns={actions} />
        <Patterns name="Resources" patterns={resources} />
        {conditions !== null && conditions !== "" && <Patterns name="Conditions" patterns={[JSON.stringify(conditions)]} />}
      </dl>
    </div>
  );
}

function Patterns({ name, patterns }: { name: string; patterns: readonly string[] }) {
  if (patterns.length === 0) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {patterns.slice(0, 12).map((pattern, index) => (
          <code key={index}>{pattern}</code>
        ))}
        {patterns.length > 12 && <small>and {patterns.length - 12} more</small>}
      </dd>
    </div>
  );
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The command that asks the offline simulator the same question. */
function commandOf({ witness }: Path, account: string, user: string): string {
  if (!witness) return "";
  const context = Object.entries(witness.context).flatMap(([key, values]) => values.map((value) => `--context ${quoted(`${key}=${value}`)}`));
  return ["python -m job simulate --snapshot DIR", `--user ${quoted(`${account}/${user}`)}`, `--action ${quoted(witness.action)}`, `--resource ${quoted(witness.resource)}`, ...context].join(" ");
}

function Command({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  const copy = () => navigator.clipboard?.writeText(text).then(() => setCopied(true), () => setCopied(false));
  return (
    <div class="command">
      <pre tabIndex={0}>{text}</pre>
      <button type="button" onClick={() => void copy()}>
        {copied ? "Copied" : "Copy"}
      </button>
    </div>
  );
}
