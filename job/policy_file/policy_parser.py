"""From a policy file's bytes to a `Policy`: all that is wrong is told at once, with line and name."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from job.errors import SettingsError
from job.policy_file.company_policy import (
    AccountScope,
    KeyScope,
    Override,
    Policy,
    PolicyException,
    Sensitive,
    Thresholds,
)
from job.policy_file.toml_lines import Lines
from job.policy_file.toml_tables import Problems, Table, shown
from job.snapshot.model import CredentialKind

_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
_KEY = re.compile(r"AKIA[A-Z0-9]{12,124}")
# https://docs.aws.amazon.com/IAM/latest/APIReference/API_ServiceSpecificCredential.html, …_SSHPublicKey.html,
# …_SigningCertificate.html
_CREDENTIAL = re.compile(r"(?!AKIA)[A-Z0-9]{16,128}")
_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_THRESHOLDS = ("old", "very_old", "unused")
_ACCOUNTS = ("accounts", "ou", "account_tags")
_USERS = ("users", "keys", "credentials", "user_tags")
_KINDS = tuple(kind.value for kind in CredentialKind)
_REQUIRED = ("id", "rules", "reason", "expires")


def parse_policy(data: bytes, rules: Collection[str]) -> Policy:
    """Parse a policy file; `rules` are the ids of both risk tables.

    Raises:
        SettingsError: it cannot be used; every problem is named with its line.

    """
    text = _decoded(data)
    values = _loaded(text)
    problems = Problems(Lines(text))
    policy = _policy(Table(values, (), "the file", problems), rules)
    if told := problems.told():
        raise SettingsError(told)
    return policy


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SettingsError((f"line {line}: expected text in UTF-8: save the file as UTF-8",)) from error


def _loaded(text: str) -> Mapping[str, object]:
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise SettingsError(
            ("line 1: arrays or tables in one another too deep: leave the inner ones out",)
        ) from error
    except ValueError as error:
        raise SettingsError((_syntax_problem(str(error), text),)) from error


def _syntax_problem(told: str, text: str) -> str:
    place = _PLACE.search(told)
    line = int(place[1]) if place and place[1] else text.rstrip("\n").count("\n") + 1
    column = f", column {place[2]}" if place and place[2] else ""
    what = shown(_PLACE.sub("", told))
    return f"line {line}{column}: no TOML ({what}): correct it, the form is that of https://toml.io"


def _policy(file: Table, rules: Collection[str]) -> Policy:
    file.expect(("thresholds", "exception", "owner", "sensitive"))
    thresholds, overrides = _thresholds(file.table("thresholds"))
    owner = file.table("owner")
    exceptions = [_exception(table, rules) for table in file.tables("exception", "exception")]
    return Policy(
        thresholds=thresholds,
        overrides=overrides,
        exceptions=_each_once(exceptions),
        owner_tags=_owner_tags(owner),
        owner_line=owner.line if owner else 0,
        sensitive=_sensitive(file.table("sensitive")),
    )


def _thresholds(table: Table | None) -> tuple[Thresholds, tuple[Override, ...]]:
    if table is None:
        return Thresholds(), ()
    table.expect((*_THRESHOLDS, "override"))
    given = {name: days for name in _THRESHOLDS if (days := table.days(name)) is not None}
    everywhere = Thresholds(**given)
    _refuse_disorder(table, everywhere, given)
    tables = tuple(table.tables("override", "thresholds.override"))
    return everywhere, tuple(_override(each, everywhere) for each in tables)


def _refuse_disorder(table: Table, result: Thresholds, given: Iterable[str]) -> None:
    if result.old > result.very_old:
        problem = (
            f"{result.old} days for old and {result.very_old} for very_old: correct one, old comes first"
        )
        table.refuse(problem, *[name for name in ("old", "very_old") if name in given][:1])


def _override(table: Table, everywhere: Thresholds) -> Override:
    table.expect((*_ACCOUNTS, *_THRESHOLDS))
    scope = _account_scope(table)
    if not any(map(table.has, _ACCOUNTS)):
        table.refuse(f"says of no account that it is about it: give {_either(_ACCOUNTS)}")
    if not any(map(table.has, _THRESHOLDS)):
        table.refuse(f"changes nothing: give {_either(_THRESHOLDS)}")
    days = {name: table.days(name) for name in _THRESHOLDS}
    override = Override(line=table.line, scope=scope, **days)
    _refuse_disorder(table, override.over(everywhere), [name for name in days if days[name] is not None])
    return override


def _account_scope(table: Table) -> AccountScope:
    return AccountScope(
        accounts=frozenset(table.texts("accounts", _account_problem)),
        ous=table.texts("ou", _ou_problem),
        tags=table.tags("account_tags"),
    )


def _exception(table: Table, rules: Collection[str]) -> tuple[Table, PolicyException | None]:
    table.expect(("id", *_ACCOUNTS, *_USERS, "rules", "reason", "owner", "expires"), _REQUIRED)
    if not any(map(table.has, (*_ACCOUNTS, *_USERS))):
        table.refuse(f"says of no key that it is about it: give {_either((*_ACCOUNTS, *_USERS))}")
    accounts = _account_scope(table)
    keys = KeyScope(
        users=table.texts("users"),
        user_tags=table.tags("user_tags"),
        keys=frozenset(table.texts("keys", _key_problem)),
        credentials=frozenset(table.texts("credentials", _credential_problem)),
    )
    id_, reason, owner, expires = (
        table.text("id"),
        table.text("reason"),
        table.text("owner"),
        table.day("expires"),
    )
    accepted = frozenset(table.texts("rules", _rule_check(rules)))
    if id_ is None or reason is None or expires is None:
        return table, None
    return table, PolicyException(
        line=table.line,
        id=id_,
        accounts=accounts,
        keys=keys,
        rules=accepted,
        reason=reason,
        owner=owner,
        expires=expires,
    )


def _each_once(
    parsed: Sequence[tuple[Table, PolicyException | None]],
) -> tuple[PolicyException, ...]:
    seen: dict[str, int] = {}
    kept = []
    for table, exception in parsed:
        if exception is None:
            continue
        kept.append(exception)
        line = seen.setdefault(exception.id, exception.line)
        if line != exception.line:
            table.refuse(f"the exception of line {line} has this id: give each its own", "id")
    return tuple(kept)


def _owner_tags(table: Table | None) -> tuple[str, ...]:
    if table is None:
        return ()
    table.expect(("tags",), ("tags",))
    return table.texts("tags")


def _sensitive(table: Table | None) -> Sensitive:
    if table is None:
        return Sensitive()
    names = ("account_tags", "store_tags")
    table.expect(names)
    if not any(map(table.has, names)):
        table.refuse(f"names no tag: give {_either(names)}")
    return Sensitive(
        line=table.line, account_tags=table.tags("account_tags"), store_tags=table.tags("store_tags")
    )


def _account_problem(text: str) -> str | None:
    return None if _ACCOUNT.fullmatch(text) else f"{shown(text)}: expected an account id of 12 digits"


def _ou_problem(text: str) -> str | None:
    good = not text.startswith(("/", "ou-", "r-")) and not text.endswith("/") and "//" not in text
    return None if good else f"{shown(text)}: expected names from the root on, such as Root/Legacy"


def _key_problem(text: str) -> str | None:
    return None if _KEY.fullmatch(text) else f"{shown(text)}: expected the id of an access key, AKIA…"


def _credential_problem(text: str) -> str | None:
    if text in _KINDS or _CREDENTIAL.fullmatch(text):
        return None
    if _KEY.fullmatch(text):
        return f"{shown(text)}: is an access key: write it to keys"
    near = difflib.get_close_matches(text, _KINDS, n=1, cutoff=0.6)
    hint = f"is it {near[0]}?" if near else f"expected its id, or a kind: {_either(_KINDS)}"
    return f"{shown(text)}: {hint}"


def _rule_check(rules: Collection[str]) -> Callable[[str], str | None]:
    def problem(text: str) -> str | None:
        if text in rules:
            return None
        near = difflib.get_close_matches(text, sorted(rules), n=1, cutoff=0.6)
        hint = f"is it {near[0]}?" if near else "expected ids of the risk table, such as old"
        return f"no such rule as {shown(text)}: {hint}"

    return problem


def _either(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"
