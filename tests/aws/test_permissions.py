from __future__ import annotations

import json

from job.permissions import (
    CONFIG_AGGREGATOR,
    CREDENTIALS,
    DATA_STORES,
    MEMBER,
    ORGANIZATION,
    ROOT_ACCESS,
    TASK,
    as_json,
    member_permissions,
    session_policy,
)

OF_STORES = [permission for permissions in DATA_STORES.values() for permission in permissions]
OF_CREDENTIALS = [permission for permissions in CREDENTIALS.values() for permission in permissions]


def test_a_session_policy_allows_these_actions_and_nothing_else() -> None:
    policy = json.loads(session_policy(MEMBER))
    assert policy["Version"] == "2012-10-17"
    (statement,) = policy["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Action": [permission.action for permission in MEMBER],
        "Resource": "*",
    }


def test_session_policies_are_short_enough_for_assume_role() -> None:
    assert len(session_policy(member_permissions(credentials=CREDENTIALS, data_stores=DATA_STORES))) < 2048
    assert len(session_policy((*ORGANIZATION, *ROOT_ACCESS))) < 2048


def test_every_permission_stands_once_and_says_what_it_is_for() -> None:
    of_task = [*TASK, *CONFIG_AGGREGATOR]
    permissions = [*of_task, *ORGANIZATION, *ROOT_ACCESS, *MEMBER, *OF_CREDENTIALS, *OF_STORES]
    assert len({permission.action for permission in permissions}) == len(permissions)
    assert [permission.action for permission in permissions if not permission.purpose] == []


def test_the_lists_are_there_as_json_for_terraform() -> None:
    document = json.loads(as_json())
    sides = ["task", "organization", "member", "root_access", "config_aggregator"]
    assert list(document) == [*sides, "credentials", "data_stores"]
    assert list(document["credentials"]) == list(CREDENTIALS)
    assert list(document["data_stores"]) == ["s3", "dynamodb", "rds", "secrets", "kms"]
    assert document["member"][0] == {
        "action": "iam:GenerateCredentialReport",
        "purpose": "passwords, MFA, root keys, last use of keys",
        "optional": "",
    }


def test_members_are_read_and_never_changed() -> None:
    verbs = {permission.action.partition(":")[2][:3] for permission in (*MEMBER, *OF_CREDENTIALS)}
    assert verbs == {"Get", "Lis", "Gen"}


def test_a_member_needs_nothing_for_kinds_that_are_not_asked_for() -> None:
    assert member_permissions(credentials=(), data_stores=()) == MEMBER
    assert member_permissions(credentials=("ssh_public_keys",), data_stores=("s3",)) == (
        *MEMBER,
        *CREDENTIALS["ssh_public_keys"],
        *DATA_STORES["s3"],
    )


def test_stores_are_described_and_their_data_is_never_read() -> None:
    actions = {permission.action for permission in OF_STORES}
    data = {"s3:GetObject", "dynamodb:GetItem", "secretsmanager:GetSecretValue", "ssm:GetParameter"}
    assert {action.partition(":")[2][:3] for action in actions} == {"Get", "Lis", "Des"}
    assert actions & {*data, "kms:Decrypt", "dynamodb:Scan", "dynamodb:Query", "ssm:GetParameters"} == set()
