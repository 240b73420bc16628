"""The published list of all IAM actions: which resources each takes, whether it only reads, or passes a role.

`data/action_table.json` is made from the AWS Service Authorization Reference; `data/actions.json` holds the
reviewed kinds of the actions that verdicts rest on and comes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TypedDict

import orjson

from job.analyze.service_reference.actions import ActionIndex
from job.snapshot.model import Json

Kinds = tuple[tuple[str, ...], ...]
_READING = frozenset(("L", "R"))


@dataclass(frozen=True, slots=True)
class ListedAction:
    """An action as AWS lists it; `kinds` as in `ActionIndex.kinds`, `name` in lower case."""

    name: str
    spelled: str
    kinds: Kinds
    only_reads: bool
    passes_role: bool


def read_json(name: str) -> dict[str, Json]:
    """One of the package's data files that holds an object."""
    parsed: dict[str, Json] = orjson.loads(_data(name))
    return parsed


def _data(name: str) -> bytes:
    return files("job.analyze.data").joinpath(name).read_bytes()


class _Service(TypedDict):
    """One service of the published list: ARN templates by type; rows of actions that are alike."""

    arns: dict[str, str]
    actions: list[tuple[str, str, object, bool, str]]


@lru_cache(maxsize=1)
def listed_services() -> Mapping[str, tuple[ListedAction, ...]]:
    """The actions of each prefix; those that pass a role come first."""
    services: dict[str, _Service] = orjson.loads(_data("action_table.json"))["services"]
    return {prefix: tuple(_service_actions(prefix, service)) for prefix, service in services.items()}


@lru_cache(maxsize=1)
def listed_actions() -> Mapping[str, ListedAction]:
    """All actions of the published list by lower-case name."""
    return {a.name: a for actions in listed_services().values() for a in actions}


def _service_actions(prefix: str, service: _Service) -> Iterable[ListedAction]:
    for level, types, _, passes_role, names in sorted(service["actions"], key=lambda row: not row[3]):
        kinds = _kinds(types.split(), service["arns"])
        for name in names.split():
            spelled = f"{prefix}:{name}"
            yield ListedAction(spelled.lower(), spelled, kinds, level in _READING, bool(passes_role))


def _kinds(types: list[str], arns: Mapping[str, str]) -> Kinds:
    """Required types are all authorized; without any, one of the optional ones; without types, `*`."""
    required = tuple((arns[t.strip("!")],) for t in types if "!" in t and t.strip("!") in arns)
    optional = tuple(arns[t] for t in types if t in arns)
    return required or ((optional,) if optional else (("*",),))


def curated_kinds() -> dict[str, Kinds]:
    """The reviewed kinds by action."""
    table = read_json("actions.json")
    return {
        action: tuple(tuple(str(t) for t in inner) for inner in outer if isinstance(inner, list))
        for action, outer in table.items()
        if isinstance(outer, list)
    }


@lru_cache(maxsize=8)
def action_index(extra: tuple[str, ...] = ()) -> ActionIndex:
    """All actions that verdicts may be about by name: the reviewed ones, and `extra`."""
    kinds = {action.lower(): kinds_of(action.lower()) for action in extra}
    kinds.update({action.lower(): k for action, k in curated_kinds().items()})
    return ActionIndex(kinds)


def kinds_of(action: str) -> Kinds:
    """What a lower-case action takes; anything of its service, or nothing, where the list lacks it."""
    listed = listed_actions().get(action)
    return listed.kinds if listed else (("*", f"arn:${{partition}}:{action.partition(':')[0]}:*"),)


@lru_cache(maxsize=1)
def resourceless_actions() -> frozenset[str]:
    """The actions that take no resource: a request for one is always about `*`."""
    return frozenset(name for name, a in listed_actions().items() if a.kinds == (("*",),))
