"""`policy check`: what a policy file would change, before it is used."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import orjson

from job.cli.command import Command
from job.cli.exits import ExitCode
from job.cli.flags import add_setting_flags
from job.cli.startup import settings_of, utc_now
from job.errors import SettingsError
from job.pipeline.chosen_capabilities import capabilities_of, schema_of
from job.pipeline.connections import Connections
from job.pipeline.loading import load_snapshot
from job.pipeline.policy_source import policy_of, read_policy
from job.pipeline.reporting import RunIdentity
from job.policy_file.company_policy import Policy
from job.report.risk.rules import LEVELS
from job.report.rows.build import Report
from job.report.rows.key_rows import OWNER
from job.report.rows.policy_effect import CredentialEffect, KeyEffect, credential_effects, effects
from job.report.summary import summarize
from job.settings.settings import Settings
from job.settings.validators import existing_file, refusal_of
from job.snapshot.model import Json, JsonObject

_SHOWN = 40
_JSON_OPTIONS = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyEffect:
    """What a file would change of a snapshot's report: the summaries of both, and what differs."""

    before: JsonObject
    after: JsonObject
    keys: Sequence[KeyEffect]
    credentials: Sequence[CredentialEffect]


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("what", choices=("check",), help="tell what a file would change")
    parser.add_argument("file", metavar="FILE", help="the policy file, TOML: a path or an s3:// URL")
    parser.add_argument(
        "--snapshot",
        metavar="DIR_OR_S3",
        help="a snapshot, or a run's output, to try it on; without it only the file is checked",
    )
    parser.add_argument("--json", action="store_true", help="for a program")
    add_setting_flags(
        parser,
        (
            "REPORT_POLICY_FILE",
            "REPORT_DATE",
            "REPORT_INCLUDE_INACTIVE",
            "REPORT_CAPABILITIES_FILE",
            "AWS_REGION",
        ),
    )


def _run(arguments: Namespace) -> int:
    settings = settings_of(arguments)
    connections = Connections(settings)
    policy = _read(arguments.file, connections)
    if arguments.snapshot is None:
        sys.stdout.write(
            f"{arguments.file}: {_contents(policy)}; give --snapshot to see what it would change\n"
        )
        return ExitCode.COMPLETE
    effect = _effect(settings, connections, arguments.snapshot, policy)
    if arguments.json:
        sys.stdout.write(orjson.dumps(_document(effect), option=_JSON_OPTIONS).decode())
    else:
        sys.stdout.write(f"{arguments.file}: {_contents(policy)}\n")
        sys.stdout.writelines(f"{line}\n" for line in effect_lines(effect, _against(settings)))
    return ExitCode.COMPLETE


POLICY = Command(
    name="policy",
    help="policy check FILE: what a policy file would change of a snapshot's report",
    add_arguments=_add_arguments,
    run=_run,
)


def _read(location: str, connections: Connections) -> Policy:
    """The file's policy; raises SettingsError with every problem under the argument's name."""
    if refusal := refusal_of(existing_file, location):
        raise SettingsError((f"FILE: {location}: {refusal}",))
    try:
        return read_policy(location, connections)
    except SettingsError as error:
        raise SettingsError(tuple(f"FILE: {problem}" for problem in error.problems)) from error


def _effect(settings: Settings, connections: Connections, snapshot: str, policy: Policy) -> PolicyEffect:
    """Report twice on the snapshot: with the policy file in use, or none, and with the new one."""
    capabilities = capabilities_of(settings, connections)
    in_use = policy_of(settings, connections)
    day = settings.date or utc_now().date()
    loaded = load_snapshot(connections.snapshot(snapshot).files, capabilities, day)
    identity = RunIdentity(
        run_id="policy-check", report_date=day, now=loaded.organization.collected_at or utc_now()
    )
    schema = schema_of(settings, capabilities)

    def report(given: Policy) -> Report:
        return loaded.intake.report(
            identity=identity,
            settings=settings,
            schema=schema,
            organization=loaded.organization,
            previous=None,
            policy=given,
        )

    before, after = report(in_use), report(policy)
    return PolicyEffect(
        before=summarize(before),
        after=summarize(after),
        keys=tuple(effects(before, after)),
        credentials=tuple(credential_effects(before, after)),
    )


def _against(settings: Settings) -> str:
    return settings.policy_file or "no policy file"


def _contents(policy: Policy) -> str:
    days = policy.thresholds
    return (
        f"good; old from {days.old} days on, very old from {days.very_old}, unused from {days.unused}; "
        f"overrides: {len(policy.overrides)}, exceptions: {len(policy.exceptions)}"
    )


def _document(effect: PolicyEffect) -> JsonObject:
    """What a program is told: the numbers of both, what changes, and what of the file is about nothing."""
    policy = effect.after["policy"]
    return {
        "before": _counts(effect.before),
        "after": _counts(effect.after),
        "keys": [asdict(each) for each in effect.keys],
        "credentials": [asdict(each) for each in effect.credentials],
        "policy": policy,
    }


def _counts(summary: JsonObject) -> JsonObject:
    """The numbers of keys, and below `credentials` those of other credentials."""
    match summary["counts"]:
        case dict(counts):
            return {**_levels(counts), "credentials": _levels(counts.get("credentials"))}
    return {}


def _levels(counts: Json) -> JsonObject:
    match counts:
        case {"risk": dict(risk), "accepted": dict(accepted)}:
            return {"risk": risk, "accepted": accepted}
    return {}


def _of_credentials(counts: JsonObject) -> JsonObject:
    match counts.get("credentials"):
        case dict(others):
            return others
    return {}


def effect_lines(effect: PolicyEffect, against: str) -> Iterator[str]:
    """What a person is told: numbers before and after, the keys that change, what is about nothing."""
    yield f"compared with {against}:"
    yield ""
    before, after = _counts(effect.before), _counts(effect.after)
    yield from _table(before, after)
    yield ""
    yield from _rated(effect.keys, "keys")
    if effect.credentials:
        yield ""
        yield "other credentials:"
        yield from _table(_of_credentials(before), _of_credentials(after))
        yield ""
        yield from _rated(effect.credentials, "credentials")
    match effect.after["policy"]:
        case {"remarks": list(remarks)}:
            yield from (str(remark) for remark in remarks)


def _rated(effects: Sequence[KeyEffect | CredentialEffect], what: str) -> Iterator[str]:
    rated = [each for each in effects if each.after.keys() != {OWNER.name}]
    yield f"rated otherwise: {len(rated)} {what}; only with another owner: {len(effects) - len(rated)}"
    yield from (f"  {_line(each)}" for each in rated[:_SHOWN])
    if len(rated) > _SHOWN:
        yield f"  … and {len(rated) - _SHOWN} more: --json tells them all"


def _table(before: JsonObject, after: JsonObject) -> Iterator[str]:
    yield f"{'risk':<10}{'before':>10}{'after':>10}{'accepted':>10}"
    for level in reversed(LEVELS):
        old, new, accepted = (
            _number(before, "risk", level),
            _number(after, "risk", level),
            _number(after, "accepted", level),
        )
        yield f"{level:<10}{old:>10}{new:>10}{accepted:>10}"


def _number(counts: JsonObject, name: str, level: str) -> int:
    match counts.get(name):
        case dict(numbers):
            number: Json = numbers.get(level)
            return number if isinstance(number, int) else 0
    return 0


def _line(effect: KeyEffect | CredentialEffect) -> str:
    changes = "; ".join(
        f"{name} {effect.before[name] or 'none'} -> {effect.after[name] or 'none'}" for name in effect.after
    )
    place = effect.account_name or effect.account_id
    return f"{_name(effect)} of {effect.user_name} in {place}: {changes}"


def _name(effect: KeyEffect | CredentialEffect) -> str:
    match effect:
        case KeyEffect():
            return effect.access_key_id or "key"
        case CredentialEffect():
            kind = effect.credential_kind.replace("_", " ")
            return f"{kind} {effect.credential_id}" if effect.credential_id else kind
