"""Which store a request is about, which key encrypts it, and whom its policy lets in from outside."""

from __future__ import annotations

from dataclasses import replace

import pytest

from job.analyze.data_stores.inventory import Inventory
from job.analyze.data_stores.named_store import NamedStore
from job.analyze.data_stores.opening import opening_of
from job.analyze.data_stores.ways import WAYS
from job.analyze.evaluation.subject import Attachment
from job.analyze.language.document import PolicyParser
from job.analyze.service_reference.action_table import listed_actions
from job.analyze.verdict import Evidence
from job.snapshot.model import Json
from job.snapshot.parse import parse_account
from job.snapshot.stores import StoreType

ACCOUNT, OTHER, REGION = "111122223333", "444455556666", "eu-central-1"
PLACE = f"{REGION}:{ACCOUNT}"
KEY = f"arn:aws:kms:{PLACE}:key/k1"
LISTS: dict[str, Json] = {
    "s3": {"Buckets": [{"Name": "payroll", "Policy": None, "Encryption": None}]},
    "dynamodb": {REGION: {"Tables": [{"TableName": "orders"}]}},
    "rds": {
        REGION: {"DBClusters": [], "DBInstances": [{"DBInstanceIdentifier": "old", "DbiResourceId": "db-A"}]}
    },
    "secrets": {REGION: {"SecretList": [], "Parameters": [{"Name": "/app/password"}]}},
    "kms": {
        REGION: {
            "Keys": [{"KeyId": "k1", "KeyArn": KEY, "Aliases": ["alias/payroll"], "Grants": []}],
            "AwsManagedKeys": [{"KeyId": "k2", "KeyArn": KEY.replace("k1", "k2")}],
        }
    },
}


def inventory(**lists: Json) -> Inventory:
    """What was read of one account; kinds without a list were not asked for."""
    section: dict[str, Json] = {"Kinds": list(lists), "Regions": [REGION], **lists}
    found = Inventory(PolicyParser())
    found.add(parse_account(ACCOUNT, {"DataStores": section}))
    return found


def key_policy_of(store: NamedStore) -> str:
    (attachment,) = store.policies
    (statement,) = attachment.policy.statements
    return statement.unclear or ",".join(statement.actions.patterns)


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        ("arn:aws:s3:::payroll", "payroll"),
        ("arn:aws:s3:::payroll/2026/11.csv", "payroll"),
        ("arn:aws:s3:::payroll-copy/2026", None),
        (f"arn:aws:dynamodb:{PLACE}:table/orders", "orders"),
        (f"arn:aws:dynamodb:{PLACE}:table/orders/index/by-day", "orders"),
        (f"arn:aws:dynamodb:{PLACE}:table/orders-old", None),
        (f"arn:aws:rds-db:{PLACE}:dbuser:db-A/app", "old"),
        (f"arn:aws:rds-db:{PLACE}:dbuser:db-B/app", None),
        (f"arn:aws:ssm:{PLACE}:parameter/app/password", "/app/password"),
        (KEY, "payroll"),
        ("*", None),
    ],
)
def test_a_resource_lies_in_a_store(resource: str, name: str | None) -> None:
    found = inventory(**LISTS).find(resource)
    assert (found.facts.name if found else None) == name


@pytest.mark.parametrize("key_arn", [KEY, f"arn:aws:kms:{PLACE}:alias/payroll"])
def test_a_key_is_found_by_its_arn_and_by_its_alias(key_arn: str) -> None:
    read = inventory(**LISTS)
    bucket = read.find("arn:aws:s3:::payroll")
    assert bucket is not None
    need = read.key_of(replace(bucket.facts, key_arn=key_arn))
    assert need.store is read.find(KEY)
    assert need.known


@pytest.mark.parametrize("key_arn", [None, KEY.replace("k1", "k2")])
def test_a_key_of_aws_asks_for_nothing(key_arn: str | None) -> None:
    read = inventory(**LISTS)
    (bucket, *_) = read.of_account(ACCOUNT)
    need = read.key_of(replace(bucket.facts, key_arn=key_arn, key_read=True))
    assert (need.store, need.known) == (None, True)


def test_a_key_that_nobody_told_is_not_known() -> None:
    read = inventory(**LISTS)
    (bucket, *_) = read.of_account(ACCOUNT)
    assert read.key_of(replace(bucket.facts, key_read=False)).known is False


def test_a_key_among_those_that_were_asked_for_but_not_read_may_let_in_anybody() -> None:
    read = inventory(**LISTS)
    (bucket, *_) = read.of_account(ACCOUNT)
    need = read.key_of(replace(bucket.facts, key_arn=KEY.replace("k1", "k9"), key_read=True))
    assert need.store is not None
    assert key_policy_of(need.store) == "the policy document was not read"


def test_where_keys_were_not_asked_for_iam_policies_decide_about_them() -> None:
    read = inventory(s3=LISTS["s3"])
    (bucket,) = read.of_account(ACCOUNT)
    need = read.key_of(replace(bucket.facts, key_arn=KEY, key_read=True))
    assert need.store is not None
    assert key_policy_of(need.store) == "kms:*"


def test_a_kind_with_a_list_that_is_missing_is_incomplete() -> None:
    read = inventory(s3=LISTS["s3"], rds={REGION: {"DBClusters": []}})
    assert [kind for kind in ("s3", "rds", "kms") if read.is_complete(ACCOUNT, kind)] == ["s3"]
    assert read.kinds == ("rds", "s3")


def test_an_account_that_was_not_asked_about_stores_has_none() -> None:
    read = Inventory(PolicyParser())
    read.add(parse_account(ACCOUNT, {}))
    assert not read
    assert list(read.of_account(ACCOUNT)) == []


def test_what_is_forgotten_is_gone() -> None:
    read = inventory(**LISTS)
    read.forget()
    assert (bool(read), read.find(KEY), read.kinds) == (False, None, ())


STAR: Json = "*"
IN_ORGANIZATION: Json = {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}


@pytest.mark.parametrize(
    ("principal", "condition", "others", "open_to_all"),
    [
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:user/alice"}, {}, (), False),
        ({"AWS": OTHER}, {}, (OTHER,), False),
        ({"AWS": [f"arn:aws:iam::{OTHER}:role/x", "777788889999"]}, {}, (OTHER, "777788889999"), False),
        ({"Service": "logging.s3.amazonaws.com"}, {}, (), False),
        (STAR, {}, (), True),
        ({"AWS": "*"}, {"Bool": {"aws:SecureTransport": "true"}}, (), True),
        (STAR, IN_ORGANIZATION, (), False),
        (STAR, {"StringEquals": {"aws:PrincipalAccount": [OTHER, ACCOUNT]}}, (OTHER,), False),
        (STAR, {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{OTHER}:role/*"}}, (OTHER,), False),
    ],
)
def test_a_policy_lets_in_other_accounts_or_everybody(
    principal: Json,
    condition: Json,
    others: tuple[str, ...],
    open_to_all: bool,  # noqa: FBT001 - a column's value
) -> None:
    statement: Json = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "s3:GetObject",
        "Resource": "*",
        "Condition": condition,
    }
    opening = opening_of(bucket_with({"Version": "2012-10-17", "Statement": [statement]}))
    assert (opening.other_accounts, opening.open_to_all) == (others, open_to_all)


def test_a_deny_lets_nobody_in() -> None:
    statement: Json = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    opening = opening_of(bucket_with({"Version": "2012-10-17", "Statement": [statement]}))
    assert (opening.other_accounts, opening.open_to_all) == ((), False)


@pytest.mark.parametrize("policy", ["no JSON", {"Version": "2031-01-01", "Statement": []}])
def test_whom_a_policy_lets_in_that_is_not_understood_is_not_known(policy: Json) -> None:
    opening = opening_of(bucket_with(policy))
    assert (opening.other_accounts, opening.open_to_all) == (None, None)


def bucket_with(policy: Json) -> NamedStore:
    (bucket,) = inventory(s3=LISTS["s3"]).of_account(ACCOUNT)
    attachment = Attachment(PolicyParser()(policy), bucket.label, "bucket policy", None)
    return NamedStore(replace(bucket.facts, policy=policy, policy_read=True), (attachment,))


def said_by(attached_to: str) -> Evidence:
    return Evidence(
        attached_to=attached_to,
        policy_name="p",
        policy_arn=None,
        index=1,
        sid=None,
        effect="Allow",
        actions=("*",),
        resources=("*",),
        conditions="",
    )


@pytest.mark.parametrize("store_type", list(StoreType))
def test_what_a_store_says_itself_is_told_from_what_its_callers_policies_say(store_type: StoreType) -> None:
    (bucket,) = inventory(s3=LISTS["s3"]).of_account(ACCOUNT)
    store = NamedStore(replace(bucket.facts, type=store_type), ())
    assert said_by(store.label).of_store
    assert said_by(f"grant of {store.facts.name}").of_store


@pytest.mark.parametrize(
    "place",
    ["user", "group bucket payroll", "role key", "boundary", "scp Root", "trust table", "administrator"],
)
def test_what_callers_policies_say_is_not_told_of_a_store(place: str) -> None:
    assert not said_by(place).of_store


def test_every_type_of_store_has_ways_whose_actions_aws_lists() -> None:
    needs = [need for ways in WAYS.values() for way in ways for need in way.needs]
    actions = {action for need in needs for action in need.actions}
    assert set(WAYS) == set(StoreType)
    assert [action for action in sorted(actions) if action.lower() not in listed_actions()] == []
