"""The published list of all IAM actions: which resources each takes and whether it passes a role.

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

from job.analyze.actions import ActionIndex
from job.snapshot.model import Json

Kinds = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class ListedAction:
    """An action as AWS lists it; `kinds` as in `ActionIndex.kinds`, lower-case name."""

    name: str
    kinds: Kinds
    passes_role: bool


def read_json(name: str) -> dict[str, Json]:
    """One of the package's data files that holds an object."""
    parsed: dict[str, Json] = orjson.loads(_data(name))
    return parsed


def _data(name: str) -> bytes:
    return files("job.analyze.data").joinpath(name).read_bytes()


@lru_cache(maxsize=1)
def listed_actions() -> Mapping[str, ListedAction]:
    """All actions of the published list by lower-case name."""
    services: dict[str, _Service] = orjson.loads(_data("action_table.json"))["services"]
    return {a.name: a for prefix, service in services.items() for a in _service_actions(prefix, service)}


class _Service(TypedDict):
    """One service of the published list: ARN templates by type; rows of actions that are alike."""

    arns: dict[str, str]
    actions: list[tuple[object, str, object, bool, str]]


def _service_actions(prefix: str, service: _Service) -> Iterable[ListedAction]:
    for _, types, _, passes_role, names in service["actions"]:
        kinds = _kinds(types.split(), service["arns"])
        for name in names.split():
            yield ListedAction(f"{prefix}:{name}".lower(), kinds, bool(passes_role))


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
    """All actions that verdicts may be about: the reviewed ones, `extra`, and those that pass a role."""
    listed = listed_actions()
    kinds = {name: a.kinds for name, a in listed.items() if a.passes_role}
    for action in extra:
        name = action.lower()
        kinds[name] = listed[name].kinds if name in listed else _guessed(name)
    kinds.update({action.lower(): k for action, k in curated_kinds().items()})
    return ActionIndex(kinds)


def _guessed(action: str) -> Kinds:
    service = action.partition(":")[0]
    return (("*", f"arn:${{partition}}:{service}:*"),)


@lru_cache(maxsize=1)
def passing_actions() -> tuple[str, ...]:
    """The actions that take a role on the caller's iam:PassRole, sorted."""
    return tuple(sorted(name for name, a in listed_actions().items() if a.passes_role))


@lru_cache(maxsize=1)
def resourceless_actions() -> frozenset[str]:
    """The actions that take no resource: a request for one is always about `*`."""
    return frozenset(name for name, a in listed_actions().items() if a.kinds == (("*",),))
