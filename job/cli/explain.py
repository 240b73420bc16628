"""`explain`: one key's verdicts with every path and statement, or who reads one named store."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import orjson

from job.analyze.answers.capabilities import Capability
from job.analyze.engine import Analysis
from job.analyze.verdict import TOLD_APART, PrincipalVerdicts
from job.cli.command import Command
from job.cli.explain_text import Explanation, explanation_lines
from job.cli.flags import add_setting_flags, given_flags, setting_overrides
from job.cli.held_risk import risks_of
from job.cli.startup import utc_now
from job.cli.store_explanation import Reader, StoreExplanation, store_lines
from job.errors import SettingsError, SnapshotError
from job.pipeline.chosen_capabilities import capabilities_of, schema_of
from job.pipeline.connections import Connections
from job.pipeline.loading import LoadedSnapshot, load_account, load_snapshot
from job.pipeline.policy_source import policy_of
from job.pipeline.reporting import RunIdentity
from job.report.comparison.changes import ADMIN_VERDICT
from job.settings.load import load_settings
from job.snapshot.files import SnapshotFiles
from job.snapshot.model import ROOT_USER_NAME, AccessKey, Account
from job.snapshot.states import ACTIVE

_NAMED_FILES = 3
_JSON_OPTIONS = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--snapshot", required=True, metavar="DIR_OR_S3", help="a snapshot, or a run's output"
    )
    who = parser.add_mutually_exclusive_group(required=True)
    who.add_argument("--key", metavar="AKIA…", help="the access key's id")
    who.add_argument("--user", metavar="ACCOUNT/NAME", help=f"the user; the root user is {ROOT_USER_NAME}")
    who.add_argument("--store", metavar="ARN_OR_NAME", help="who reads this bucket, table, secret, …")
    parser.add_argument("--capability", metavar="ID", help=f"only this: {ADMIN_VERDICT}, s3_read, …")
    parser.add_argument("--json", action="store_true", help="for a program")
    add_setting_flags(parser, ("REPORT_POLICY_FILE", "REPORT_DATE", "REPORT_CAPABILITIES_FILE", "AWS_REGION"))


def _run(arguments: Namespace) -> int:
    settings = load_settings(
        setting_overrides(arguments), destination_required=False, flags=given_flags(arguments)
    )
    connections = Connections(settings)
    files = connections.snapshot(arguments.snapshot).files
    capabilities = capabilities_of(settings, connections)
    today = settings.date or utc_now().date()
    if arguments.store is not None:
        loaded = load_snapshot(files, capabilities, today)
        _print_stores(list(_explained(files, loaded, arguments.store)), as_json=arguments.json)
        return 0
    policy = policy_of(settings, connections)
    account, user_name = _find(files, arguments)
    loaded = load_snapshot(files, capabilities, today)
    _check_capability(arguments.capability, capabilities)
    verdicts = loaded.intake.analysis.verdicts(account.account_id)
    outcome = loaded.intake.outcome(
        account.account_id,
        verdicts,
        identity=RunIdentity(
            run_id="explain", report_date=today, now=loaded.organization.collected_at or utc_now()
        ),
        settings=settings.model_copy(update={"include_inactive": True}),
        schema=schema_of(settings, capabilities),
        organization=loaded.organization,
        policy=policy,
    )
    explanation = Explanation(
        account_name=_account_name(loaded, account.account_id),
        keys=_keys_of(account, user_name),
        verdicts=next(answer for answer in verdicts if answer.user_name == user_name),
        risks=risks_of(outcome, user_name),
    )
    _print(explanation, arguments.capability, as_json=arguments.json)
    return 0


EXPLAIN = Command(
    name="explain",
    help="the verdicts of one key, or who reads one named store, with every path and statement",
    add_arguments=_add_arguments,
    run=_run,
)


def _explained(files: SnapshotFiles, loaded: LoadedSnapshot, wanted: str) -> Iterator[StoreExplanation]:
    """Every store of that ARN or name; names are some account's own."""
    analysis, accounts = loaded.intake.analysis, tuple(files.account_ids())
    listed = [opening.store for account_id in accounts for opening in analysis.stores(account_id)]
    stores = [store for store in listed if wanted in (store.arn, store.name)]
    if not stores:
        hint = "" if listed else ", which holds none: REPORT_DATA_STORES says what is read"
        raise SnapshotError(f"no data store {wanted} in the snapshot{hint}")
    readers: dict[str, list[Reader]] = {store.arn: [] for store in stores}
    for account_id in accounts:
        for arn, reader in _readers(files, analysis, account_id):
            if arn in readers:
                readers[arn].append(reader)
    unread = tuple(_unread(loaded, accounts))
    for store in stores:
        yield StoreExplanation(store=store, readers=tuple(readers[store.arn]), accounts_not_read=unread)


def _unread(loaded: LoadedSnapshot, accounts: Iterable[str]) -> Iterator[str]:
    """Accounts whose users nobody knows, so that any of them may read a store."""
    listed = loaded.organization.accounts.values()
    active = {account.id for account in listed if account.state in (None, ACTIVE)}
    yield from (each for each in sorted({*active, *accounts}) if not loaded.intake.knows_users(each))


def _readers(files: SnapshotFiles, analysis: Analysis, account_id: str) -> Iterator[tuple[str, Reader]]:
    try:
        verdicts = analysis.verdicts(account_id)
    except KeyError:  # its file is damaged
        return
    account = load_account(files, account_id)
    for principal in verdicts:
        ids = tuple(key.access_key_id for key in _keys_of(account, principal.user_name) if key.access_key_id)
        for access in principal.stores:
            yield (
                access.store_arn,
                Reader(account_id=account_id, user_name=principal.user_name, key_ids=ids, access=access),
            )


def _print_stores(explanations: Sequence[StoreExplanation], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(orjson.dumps(explanations, option=_JSON_OPTIONS).decode())
        return
    for number, explanation in enumerate(explanations):
        sys.stdout.writelines(f"{line}\n" for line in ([""] if number else []))
        sys.stdout.writelines(f"{line}\n" for line in store_lines(explanation))


def split_user(text: str) -> tuple[str, str]:
    """Split ACCOUNT/NAME; raises SettingsError for anything else."""
    account_id, separator, name = text.partition("/")
    if not separator or not name or not (account_id.isdigit() and len(account_id) == 12):
        raise SettingsError((f"--user {text!r}: write ACCOUNT/NAME, with the account's 12 digits",))
    return account_id, name


def _find(files: SnapshotFiles, arguments: Namespace) -> tuple[Account, str]:
    if arguments.user is not None:
        account_id, user_name = split_user(arguments.user)
        account = load_account(files, account_id)
        if not _keys_of(account, user_name):
            raise SnapshotError(f"the snapshot knows no key of {user_name} in account {account_id}")
        return account, user_name
    damaged = list[str]()
    for account_id in files.account_ids():
        try:
            account = load_account(files, account_id)
        except SnapshotError as error:
            damaged.append(str(error))
            continue
        for user_name, keys in _holders(account):
            if any(key.access_key_id == arguments.key for key in keys):
                return account, user_name
    nobody = f"no account of the snapshot has a key {arguments.key}"
    raise SnapshotError("; ".join((nobody, *damaged[:_NAMED_FILES])))


def _holders(account: Account) -> Iterator[tuple[str, Sequence[AccessKey]]]:
    yield from ((user.name, user.keys or ()) for user in account.users)
    if account.root is not None:
        yield ROOT_USER_NAME, account.root.keys


def _keys_of(account: Account, user_name: str) -> tuple[AccessKey, ...]:
    return next((tuple(keys) for name, keys in _holders(account) if name == user_name), ())


def _account_name(loaded: LoadedSnapshot, account_id: str) -> str | None:
    account = loaded.organization.accounts.get(account_id)
    return account.name if account else None


def _check_capability(name: str | None, capabilities: Iterable[Capability]) -> None:
    known = [ADMIN_VERDICT, *(capability.id for capability in capabilities), *TOLD_APART]
    if name is not None and name not in known:
        raise SettingsError((f"--capability {name}: there is {', '.join(known)}",))


def _print(explanation: Explanation, capability: str | None, *, as_json: bool) -> None:
    if as_json:
        limited = replace(explanation, verdicts=_limited(explanation.verdicts, capability))
        sys.stdout.write(orjson.dumps(limited, option=_JSON_OPTIONS).decode())
    else:
        sys.stdout.writelines(f"{line}\n" for line in explanation_lines(explanation, capability))


def _limited(verdicts: PrincipalVerdicts, capability: str | None) -> PrincipalVerdicts:
    if capability is None:
        return verdicts
    return replace(
        verdicts,
        capabilities={name: row for name, row in verdicts.capabilities.items() if name == capability},
        findings=tuple(finding for finding in verdicts.findings if finding.capability == capability),
    )
