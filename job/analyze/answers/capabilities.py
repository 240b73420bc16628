"""The capability table: kinds of data, and for each the complete ways to get hold of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files

import orjson

from job.analyze.evaluation.needs import Need, by_caller, places
from job.analyze.service_reference.action_table import read_json
from job.analyze.verdict import TOLD_APART
from job.errors import SettingsError
from job.snapshot.model import Json

DATA_CLASSES = ("direct", "copied", "granted", "credentials")
_SETTING = "REPORT_CAPABILITIES_FILE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """One complete way to the data: all needs, and iam:PassRole to one of the services where it says so.

    The need at `decides` settles `all` or `some`. `at_most_some` marks ways that never give all of it;
    `conditional_on` names what must exist that a snapshot does not show, empty for nothing. `across_accounts`
    marks those that a policy on the other side may open to principals of other accounts. `served_by` is a
    service that a bucket's policy must let in. `callers` are the needs by who meets them: each group is one
    caller's, and different groups may be different callers'.
    """

    id: str
    data_class: str
    needs: tuple[Need, ...]
    callers: tuple[tuple[Need, ...], ...]
    decides: int
    at_most_some: bool
    conditional_on: str
    pass_role: tuple[str, ...]
    across_accounts: bool
    note: str
    served_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """One kind of data; `id` names its columns, `own` marks rows of the user's own table."""

    id: str
    title: str
    alternatives: tuple[Alternative, ...]
    own: bool

    @property
    def actions(self) -> Iterable[str]:
        """Every action that one of its alternatives names, as spelled."""
        return (a for alternative in self.alternatives for need in alternative.needs for a in need.spelled)


def load_capabilities(extra: bytes | None = None) -> tuple[Capability, ...]:
    """The built-in table; the user's rows replace those of the same id, others are added at the end.

    Raises:
        SettingsError: the user's file is not a list of capabilities; every problem is named.

    """
    table = {c.id: c for c in _parse(_builtin(), own=False)}
    if extra is not None:
        builtin = frozenset(table)
        for capability in _parse_own(extra):
            table[capability.id] = capability
            if capability.id in builtin:
                table[capability.id] = Capability(
                    id=capability.id, title=capability.title, alternatives=capability.alternatives, own=False
                )
    return tuple(table.values())


def load_service_capabilities() -> Mapping[str, tuple[Capability, ...]]:
    """What credentials of one service can do there, by the first part of the service's principal.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_api_keys_for_aws_services.html
    """
    return {
        service: _parse(rows, own=False) for service, rows in read_json("service_capabilities.json").items()
    }


def _builtin() -> Json:
    parsed: Json = orjson.loads(files("job.analyze.data").joinpath("capabilities.json").read_bytes())
    return parsed


def _parse_own(extra: bytes) -> Iterable[Capability]:
    try:
        return _parse(orjson.loads(extra), own=True)
    except orjson.JSONDecodeError as error:
        raise SettingsError((f"{_SETTING}: not JSON ({error})",)) from error
    except ExceptionGroup as group:
        raise SettingsError(tuple(f"{_SETTING}: {e}" for e in group.exceptions)) from group


def _parse(rows: Json, *, own: bool) -> tuple[Capability, ...]:
    listed = rows.get("capabilities") if isinstance(rows, dict) else rows
    if not isinstance(listed, list):
        raise ExceptionGroup("capabilities", [ValueError("expected a list of capabilities")])
    parsed, problems = list[Capability](), list[Exception]()
    for place, row in enumerate(listed, 1):
        try:
            parsed.append(_capability(row, own=own))
        except ValueError as error:
            problems.append(ValueError(f"capability {place}: {error}"))
    if problems:
        raise ExceptionGroup("capabilities", problems)
    return tuple(parsed)


def _capability(row: Json, *, own: bool) -> Capability:
    if not isinstance(row, dict):
        raise ValueError("not an object")  # noqa: TRY004 - one kind of error for all that a file may hold
    name, alternatives = row.get("id"), row.get("alternatives")
    if not isinstance(name, str) or not name.isidentifier() or not name.islower():
        raise ValueError("`id` must be a lower-case column name")
    if name in TOLD_APART:
        raise ValueError(f"`id` {name} is the name of other findings")
    if not isinstance(alternatives, list) or not alternatives:
        raise ValueError(f"`alternatives` of {name} must be a list")
    return Capability(
        id=name,
        title=str(row.get("title", name)),
        alternatives=tuple(_alternative(name, i, a) for i, a in enumerate(alternatives, 1)),
        own=own,
    )


def _alternative(capability: str, place: int, row: Json) -> Alternative:
    fields = {"needs": row} if isinstance(row, list) else row
    if not isinstance(fields, dict) or not isinstance(fields.get("needs"), list):
        raise ValueError(f"alternative {place} of {capability} has no list of `needs`")  # noqa: TRY004 - as there
    needs = fields["needs"]
    data_class = str(fields.get("class", "direct"))
    if data_class not in DATA_CLASSES:
        raise ValueError(f"alternative {place} of {capability}: class {data_class[:20]}")
    parsed = tuple(Need.parse(n) for n in needs) if isinstance(needs, list) else ()
    decides, services = fields.get("decides", 0), fields.get("pass_role") or []
    if not parsed or not isinstance(decides, int) or not 0 <= decides < len(parsed):
        raise ValueError(f"alternative {place} of {capability}: `needs` or `decides`")
    return Alternative(
        id=str(fields.get("id", f"{capability}-{place}")),
        data_class=data_class,
        needs=parsed,
        callers=by_caller(parsed, places(fields.get("same_caller"))),
        decides=decides,
        at_most_some=fields.get("at_most") == "some",
        conditional_on=str(fields.get("conditional_on") or ""),
        pass_role=tuple(str(s) for s in services) if isinstance(services, list) else (str(services),),
        across_accounts=fields.get("across_accounts") is True,
        note=str(fields.get("note") or ""),
        served_by=str(fields.get("served_by") or ""),
    )
