"""The made-up organizations are what they say, within AWS's limits, and the same for the same seed."""

from __future__ import annotations

import json
from statistics import mean, median

import pytest

from bench import crowded_policies
from bench.crowded import crowded_admin_access
from bench.entities import STOCKS, Entities
from bench.giant import IAM_USERS, IAM_WAYS, giant_admin_access
from bench.hard_organization import CONTROL, GROUP_INLINE, MANAGED, MOST_ATTACHED, USER_INLINE, size
from bench.organizations import Organizations
from bench.seeds import AccountSeed, Kind, UserSeed
from bench.snapshot import account_text
from bench.stock import Stock
from bench.world import World

CROWDED = World(size=400, kind="crowded")
GIANT = World(size=1, kind="giant")
ACCOUNTS = tuple(CROWDED.account(each) for each in CROWDED.active_ids)
USERS = tuple(user for account in ACCOUNTS for user in account.users)
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


def policies(user: UserSeed) -> int:
    return len(user.attached) + len(user.inline) + len(user.groups)


def active_keys(account: AccountSeed) -> int:
    return sum(key.active for user in account.users for key in user.keys)


def a_user(
    *attached: str, groups: tuple[str, ...] = (), inline: tuple[str, ...] = (), boundary: str | None = None
) -> UserSeed:
    return UserSeed(
        name="somebody",
        path="/",
        serial=7,
        created=0,
        keys=(),
        inline=inline,
        attached=attached,
        groups=groups,
        boundary=boundary,
        password=False,
        mfa=False,
        unreported=False,
    )


@pytest.mark.parametrize("kind", ["crowded", "giant"])
def test_a_seed_makes_the_same_organization_and_another_seed_another(kind: Kind) -> None:
    first, again, other = (World(size=5, seed=seed, kind=kind) for seed in (1, 1, 2))
    texts = [account_text(Entities(one), one.account(one.account_ids[3])) for one in (first, again, other)]
    assert texts[0] == texts[1] != texts[2]


def test_users_of_the_crowded_organization_are_a_few_mostly_and_a_hundred_in_the_largest_accounts() -> None:
    sizes = [len(account.users) for account in ACCOUNTS]
    assert 3 <= median(sizes) <= 5
    assert max(sizes) > 100


def test_the_crowded_organization_has_about_five_keys_and_forty_roles_an_account() -> None:
    assert 4 < mean(active_keys(account) for account in ACCOUNTS) < 6
    assert 37 < mean(account.roles for account in ACCOUNTS) < 43


def test_crowded_users_have_one_to_eleven_policies_and_one_of_twenty_a_boundary() -> None:
    assert {policies(user) for user in USERS} == set(range(1, 12))
    assert 0.04 < mean(user.boundary is not None for user in USERS) < 0.06


def test_every_tenth_crowded_user_has_administrator_access() -> None:
    assert 0.09 < mean(ADMINISTRATOR in user.attached for user in USERS) < 0.11


@pytest.mark.parametrize("world", [CROWDED, GIANT], ids=["crowded", "giant"])
def test_what_made_up_users_have_exists(world: World) -> None:
    stock = STOCKS[world.kind](world.management_id)
    numbered = {f"arn:aws:iam::ACCOUNTID:policy/app-policy-{n}" for n in range(60)}
    known = {str(each["Arn"]) for each in stock.common_policies} | numbered | set(world.managed_policies)
    users = [user for each in world.active_ids for user in world.account(each).users]
    assert {arn for user in users for arn in (*user.attached, user.boundary) if arn} <= known
    assert {each for user in users for each in user.groups} <= {
        str(each["GroupName"]) for each in stock.groups
    }
    assert {each for user in users for each in user.inline} <= set(stock.inline)


@pytest.mark.parametrize("world", [CROWDED, GIANT], ids=["crowded", "giant"])
def test_made_up_users_are_within_the_limits_of_iam(world: World) -> None:
    inline = STOCKS[world.kind](world.management_id).inline
    users = [user for each in world.active_ids for user in world.account(each).users]
    assert max(len(user.attached) for user in users) <= MOST_ATTACHED
    assert max(len(user.groups) for user in users) <= 10
    assert max(sum(size(inline[each]) for each in user.inline) for user in users) <= USER_INLINE


def documents(stock: Stock, kind: str) -> list[int]:
    listed = json.loads(json.dumps([*stock.common_policies, *stock.numbered_policies, *stock.groups]))
    versions = [size(version["Document"]) for one in listed for version in one.get("PolicyVersionList", ())]
    inline = [sum(size(each["PolicyDocument"]) for each in one.get("GroupPolicyList", ())) for one in listed]
    return {"managed": versions, "group": inline}[kind]


@pytest.mark.parametrize("kind", ["crowded", "giant"])
def test_made_up_policies_are_within_the_limits_of_iam(kind: Kind) -> None:
    stock = STOCKS[kind]("123456789012")
    assert 0 < max(documents(stock, "managed")) <= MANAGED
    assert 0 < max(documents(stock, "group")) <= GROUP_INLINE


def test_control_policies_of_the_crowded_organization_stand_at_the_root_at_units_and_at_accounts() -> None:
    scps = Organizations(CROWDED).control_policies["SERVICE_CONTROL_POLICY"]
    own = {
        target for name, (_, _, targets) in scps.items() if name != "p-FullAWSAccess" for target in targets
    }
    assert {target.partition("-")[0] if "-" in target else "account" for target in own} == {
        "r",
        "ou",
        "account",
    }
    assert max(size(text) for _, text, _ in scps.values()) <= CONTROL


def test_a_crowded_account_trusts_the_next_of_its_team_and_the_last_the_first() -> None:
    ids = CROWDED.account_ids
    assert [CROWDED.neighbour(each) for each in ids[4:8]] == [ids[5], ids[6], ids[7], ids[4]]


def test_the_giant_has_two_thousand_users_and_three_hundred_who_may_administer_iam() -> None:
    giant = GIANT.account(GIANT.management_id)
    assert (len(giant.users), giant.roles) == (2_000, 500)
    assert sum(bool({*user.inline} & set(IAM_WAYS)) for user in giant.users) == IAM_USERS == 300


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        (a_user(ADMINISTRATOR), "direct"),
        (a_user(groups=("administrators", "readers")), "direct"),
        (a_user(ADMINISTRATOR, boundary="arn:aws:iam::aws:policy/ReadOnlyAccess"), None),
        (a_user(ADMINISTRATOR, inline=("mfa",)), None),
        (a_user("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess", inline=("upload",)), "none"),
        (a_user("arn:aws:iam::aws:policy/PowerUserAccess"), None),
    ],
)
def test_how_a_crowded_user_was_made_tells_its_verdict_or_nothing(
    user: UserSeed, expected: str | None
) -> None:
    assert crowded_admin_access(user) == expected


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        (a_user(inline=("user-policies",)), "escalates"),
        (a_user(ADMINISTRATOR, inline=("own-data",)), "direct"),
        (a_user(ADMINISTRATOR, groups=("with-mfa",)), None),
        (a_user(inline=("user-policies",), boundary="arn:aws:iam::aws:policy/ReadOnlyAccess"), None),
        (a_user(), None),
    ],
)
def test_how_a_giant_user_was_made_tells_its_verdict_or_nothing(user: UserSeed, expected: str | None) -> None:
    assert giant_admin_access(user) == expected


def test_versions_that_are_not_in_force_may_be_stronger() -> None:
    every = crowded_policies.VERSIONS.values()
    assert any(crowded_policies.FULL in list(versions.values())[1:] for versions in every)
    assert not any(next(iter(versions.values())) == crowded_policies.FULL for versions in every)
