"""Laws of what a key controls over small random accounts with many changes."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from policy_documents import HOME
from policy_questions import principal_verdicts, refused_witnesses
from policy_world import build_world
from small_worlds import GROUPS, ROLES, USERS, drawn, further_allow, further_deny, small_world

if TYPE_CHECKING:
    from policy_documents import Spec
    from policy_world import World

RANK = {"none": 0, "unknown": 1, "conditional": 1, "some": 2, "all": 3, "escalates": 2, "direct": 3}
READS: Spec = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}
seeds = st.integers(0, 1_000_000)
OWNERS = [
    *(("users", name) for name in USERS),
    *(("roles", n) for n in ROLES),
    *(("groups", n) for n in GROUPS),
]
owners = st.sampled_from(OWNERS)


def account(seed: int) -> Spec:
    """A small account in which somebody reads a bucket, so that verdicts on data tell something."""
    spec = small_world(seed)
    kind, name = OWNERS[seed % len(OWNERS)]
    spec[kind][name]["inline"]["reads"] = [READS]
    return spec


def built(spec: Spec) -> World:
    return build_world({**spec, "user": spec["users"]["alice"]})


def verdicts(spec: Spec, user: str = "alice") -> dict[str, int]:
    found = principal_verdicts(built(spec), user, HOME)
    told = {name: RANK[str(one.verdict)] for name, one in found.capabilities.items()}
    return {"admin_access": RANK[str(found.admin_access)], **told}


def with_statement(spec: Spec, owner: tuple[str, str], statement: Spec) -> Spec:
    after = deepcopy(spec)
    after[owner[0]][owner[1]]["inline"]["more"] = [statement]
    return after


@given(seed=seeds, owner=owners, more=seeds)
def test_a_further_allow_for_anybody_narrows_nothing(seed: int, owner: tuple[str, str], more: int) -> None:
    spec = account(seed)
    before = verdicts(spec)
    after = verdicts(with_statement(spec, owner, further_allow(drawn(more))))
    assert {name: (before[name], after[name]) for name in before if after[name] < before[name]} == {}


@given(seed=seeds, owner=owners, more=seeds)
def test_a_further_deny_for_anybody_widens_nothing(seed: int, owner: tuple[str, str], more: int) -> None:
    spec = account(seed)
    before = verdicts(spec)
    after = verdicts(with_statement(spec, owner, further_deny(drawn(more))))
    assert {name: (before[name], after[name]) for name in before if after[name] > before[name]} == {}


@given(seed=seeds)
def test_other_names_for_everybody_change_nothing(seed: int) -> None:
    spec = account(seed)
    text = json.dumps(spec)
    for name in (*USERS[1:], *ROLES, *GROUPS):
        text = text.replace(f'"{name}"', f'"other-{name}"').replace(f"/{name}", f"/other-{name}")
    assert verdicts(json.loads(text)) == verdicts(spec)


@given(seed=seeds)
def test_the_order_of_everything_changes_nothing(seed: int) -> None:
    spec = account(seed)
    turned = deepcopy(spec)
    for kind in ("users", "roles", "groups", "policies"):
        turned[kind] = dict(reversed(turned[kind].items()))
        for one in turned[kind].values():
            if "inline" in one:
                one["inline"] = dict(reversed(one["inline"].items()))
            if isinstance(one.get("attached"), list):
                one["attached"] = one["attached"][::-1]
    assert verdicts(turned) == verdicts(spec)


@given(seed=seeds)
def test_every_witness_in_a_changed_account_is_accepted(seed: int) -> None:
    assert refused_witnesses(built(account(seed))) == []


def test_the_accounts_reach_something_now_and_then() -> None:
    found = [verdicts(account(seed)) for seed in range(60)]
    assert {one["admin_access"] for one in found} == {0, 1, 2, 3} or {one["s3_read"] for one in found} >= {
        0,
        2,
    }
