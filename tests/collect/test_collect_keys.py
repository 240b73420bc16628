from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from job.collect.account import CollectedAccount
from job.collect.collector import Collector
from tests.collect.collect_samples import ALICE_KEY, NO_KEY, details, key, keys, report, row, user
from tests.scripted_aws import ScriptedAws, error, xml

MakeCollector = Callable[..., Collector]
ACCOUNT = "000000000001"
KEY_1, KEY_2 = "AKIA0000000000000001", "AKIA0000000000000002"
ASKED_USE = {"ServiceName": "s3", "Region": "N/A", "LastUsedDate": "2026-11-21T00:00:00Z"}
STATED_USE = {"ServiceName": "ec2", "Region": "eu-west-1", "LastUsedDate": "2026-11-20T10:00:00Z"}
OLD = "2026-11-22T00:00:00Z"


def _read(collector: Collector) -> CollectedAccount:
    (account,) = collector.collect([ACCOUNT])
    return account


def _entries(account: CollectedAccount) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = orjson.loads(orjson.dumps(account.document["AccessKeys"]))
    return entries


def _listed_users(aws: ScriptedAws) -> list[str]:
    return [asked.parameters["UserName"] for asked in aws.asked if asked.operation == "ListAccessKeys"]


def test_a_user_whom_a_report_made_for_this_run_shows_without_key_is_not_asked_about(
    aws: ScriptedAws, collector: MakeCollector
) -> None:
    aws.script("GetAccountAuthorizationDetails", details(user("alice"), user("human")))
    aws.script("GetCredentialReport", report(row("alice", ALICE_KEY), row("human")))
    _read(collector())
    assert _listed_users(aws) == ["alice"]


def test_a_user_whose_only_key_is_in_the_second_slot_or_inactive_is_asked_about(
    aws: ScriptedAws, collector: MakeCollector
) -> None:
    inactive = "false,2021-02-01T00:00:00+00:00,N/A,N/A,N/A"
    aws.script("GetAccountAuthorizationDetails", details(user("alice"), user("bob")))
    aws.script("GetCredentialReport", report(row("alice", NO_KEY, ALICE_KEY), row("bob", inactive)))
    _read(collector())
    assert _listed_users(aws) == ["alice", "bob"]


def test_a_user_whom_the_report_does_not_know_or_whose_row_is_damaged_is_asked_about(
    aws: ScriptedAws, collector: MakeCollector
) -> None:
    aws.script("GetAccountAuthorizationDetails", details(user("alice"), user("new"), user("torn")))
    aws.script("GetCredentialReport", report(row("alice"), "torn,arn"))
    _read(collector())
    assert _listed_users(aws) == ["new", "torn"]


def test_a_user_created_after_the_details_were_read_is_asked_about_when_the_report_shows_a_key(
    aws: ScriptedAws, collector: MakeCollector
) -> None:
    aws.script("GetCredentialReport", report(row("alice"), row("late", ALICE_KEY)))
    aws.script("ListAccessKeys", keys(key("AKIALATE")))
    _read(collector())
    assert _listed_users(aws) == ["late"]


def test_a_user_of_an_older_report_alone_is_gone(aws: ScriptedAws, collector: MakeCollector) -> None:
    aws.script(
        "GetCredentialReport",
        report(row("alice"), row("gone", ALICE_KEY), generated="2020-01-01T00:00:00Z"),
    )
    _read(collector())
    assert _listed_users(aws) == ["alice"]


def test_with_an_older_report_everybody_is_asked_about(aws: ScriptedAws, collector: MakeCollector) -> None:
    aws.script("GetCredentialReport", report(row("alice"), generated=OLD))
    _read(collector())
    assert _listed_users(aws) == ["alice"]


@pytest.mark.parametrize(
    ("state", "headers"),
    [("COMPLETE", {}), ("STARTED", {"Date": "some day"})],
    ids=["it was there already", "when it was asked for is unknown"],
)
def test_a_report_of_unknown_age_counts_as_old(
    aws: ScriptedAws, collector: MakeCollector, state: str, headers: dict[str, str]
) -> None:
    aws.script(
        "GenerateCredentialReport",
        xml("GenerateCredentialReport", f"<State>{state}</State>", headers),
    )
    aws.script("GetCredentialReport", report(row("alice")))
    _read(collector())
    assert _listed_users(aws) == ["alice"]


def test_with_inactive_keys_wanted_everybody_is_asked_about(
    aws: ScriptedAws, collector: MakeCollector
) -> None:
    aws.script("GetCredentialReport", report(row("alice")))
    aws.script("ListAccessKeys", keys(key(KEY_1, status="Inactive")))
    (entry,) = _entries(_read(collector(REPORT_INCLUDE_INACTIVE="true")))
    assert (entry["Status"], entry["LastUsed"]) == ("Inactive", ASKED_USE)


def test_keys_come_from_all_pages(aws: ScriptedAws, collector: MakeCollector) -> None:
    first = keys(key(KEY_1), more="<IsTruncated>true</IsTruncated><Marker>2</Marker>")
    aws.script("ListAccessKeys", first, first, keys(key(KEY_2)))
    assert [entry["AccessKeyId"] for entry in _entries(_read(collector()))] == [KEY_1, KEY_2]


def test_a_user_deleted_meanwhile_has_no_keys_and_is_no_failure(
    aws: ScriptedAws, collector: MakeCollector
) -> None:
    aws.script("ListAccessKeys", error(404, "NoSuchEntity"))
    account = _read(collector())
    assert (_entries(account), account.failures) == ([], ())


def test_the_reports_last_use_is_the_keys_whose_creation_it_names(
    aws: ScriptedAws, collector: MakeCollector
) -> None:
    never = "true,2022-02-01T00:00:00+00:00,N/A,N/A,N/A"
    aws.script("GetCredentialReport", report(row("alice", never, ALICE_KEY)))
    aws.script("ListAccessKeys", keys(key(KEY_1), key(KEY_2, created="2022-02-01T00:00:00Z")))
    assert [entry["LastUsed"] for entry in _entries(_read(collector()))] == [
        STATED_USE,
        {"ServiceName": "N/A", "Region": "N/A"},
    ]
    assert "GetAccessKeyLastUsed" not in aws.operations()


def test_the_only_slot_is_the_only_keys_even_if_it_was_changed_later(
    aws: ScriptedAws, collector: MakeCollector
) -> None:
    changed = "true,2024-02-01T00:00:00+00:00,2026-11-20T10:00:00+00:00,eu-west-1,ec2"
    aws.script("GetCredentialReport", report(row("alice", changed)))
    (entry,) = _entries(_read(collector()))
    assert entry["LastUsed"] == STATED_USE


def test_of_two_keys_the_one_that_was_changed_later_has_the_slot_that_is_left(
    aws: ScriptedAws, collector: MakeCollector
) -> None:
    changed = "true,2024-02-01T00:00:00+00:00,N/A,N/A,N/A"
    aws.script("GetCredentialReport", report(row("alice", changed, ALICE_KEY)))
    aws.script("ListAccessKeys", keys(key(KEY_1, created="2022-02-01T00:00:00Z"), key(KEY_2)))
    assert [entry["LastUsed"] for entry in _entries(_read(collector()))] == [
        {"ServiceName": "N/A", "Region": "N/A"},
        STATED_USE,
    ]


def test_two_keys_that_were_both_changed_later_cannot_be_told_apart(
    aws: ScriptedAws, collector: MakeCollector
) -> None:
    first = "true,2024-02-01T00:00:00+00:00,2026-11-19T10:00:00+00:00,eu-west-1,sqs"
    second = "true,2025-02-01T00:00:00+00:00,2026-11-18T10:00:00+00:00,eu-west-1,sns"
    aws.script("GetCredentialReport", report(row("alice", first, second)))
    aws.script("ListAccessKeys", keys(key(KEY_1, created="2022-02-01T00:00:00Z"), key(KEY_2)))
    assert [entry["LastUsed"] for entry in _entries(_read(collector()))] == [ASKED_USE, ASKED_USE]


@pytest.mark.parametrize(
    ("slot", "created"),
    [
        ("true,2021-02-01T00:00:00+00:00,2026-11-20T10:00:00+00:00,eu-west-1,ec2", "2026-11-22T01:00:00Z"),
        ("false,2021-02-01T00:00:00+00:00,2026-11-20T10:00:00+00:00,eu-west-1,ec2", "2021-02-01T00:00:00Z"),
        ("true,2021-02-01T00:00:00+00:00,N/A,not_supported,not_supported", "2021-02-01T00:00:00Z"),
        ("true,2021-02-01T00:00:00+00:00,2026-11-20T10:00:00+00:00,N/A,N/A", "2021-02-01T00:00:00Z"),
        ("true,N/A,N/A,N/A,N/A", "some day"),
    ],
    ids=["created later", "activated since", "no plain words", "no service", "no date"],
)
def test_what_the_report_leaves_open_is_asked_for(
    aws: ScriptedAws, collector: MakeCollector, slot: str, created: str
) -> None:
    aws.script("GetCredentialReport", report(row("alice", slot)))
    aws.script("ListAccessKeys", keys(key(KEY_1, created=created)))
    (entry,) = _entries(_read(collector()))
    assert entry["LastUsed"] == ASKED_USE


def test_two_keys_created_in_the_same_second_cannot_be_told_apart(
    aws: ScriptedAws, collector: MakeCollector
) -> None:
    aws.script("GetCredentialReport", report(row("alice", ALICE_KEY, ALICE_KEY)))
    aws.script("ListAccessKeys", keys(key(KEY_1), key(KEY_2)))
    assert [entry["LastUsed"] for entry in _entries(_read(collector()))] == [ASKED_USE, ASKED_USE]


def test_an_old_reports_last_use_is_not_taken(aws: ScriptedAws, collector: MakeCollector) -> None:
    aws.script("GetCredentialReport", report(generated=OLD))
    (entry,) = _entries(_read(collector()))
    assert entry["LastUsed"] == ASKED_USE


def test_a_key_that_aws_says_was_never_used_has_no_date(aws: ScriptedAws, collector: MakeCollector) -> None:
    aws.script("GetCredentialReport", report(generated=OLD))
    used = "<AccessKeyLastUsed><Region>N/A</Region><ServiceName>N/A</ServiceName></AccessKeyLastUsed>"
    aws.script("GetAccessKeyLastUsed", xml("GetAccessKeyLastUsed", used))
    (entry,) = _entries(_read(collector()))
    assert entry["LastUsed"] == {"ServiceName": "N/A", "Region": "N/A"}


def test_an_inactive_keys_last_use_is_not_asked_for(aws: ScriptedAws, collector: MakeCollector) -> None:
    aws.script("GetCredentialReport", report(generated=OLD))
    aws.script("ListAccessKeys", keys(key(KEY_1, status="Inactive")))
    assert "LastUsed" not in _entries(_read(collector()))[0]


def test_one_users_keys_that_cannot_be_listed_leave_the_others(
    aws: ScriptedAws, collector: MakeCollector
) -> None:
    aws.script("GetAccountAuthorizationDetails", details(user("bob"), user("alice")))
    aws.script("ListAccessKeys", error(400, "ValidationError"), keys(key(KEY_1)))
    account = _read(collector())
    assert [entry["AccessKeyId"] for entry in _entries(account)] == [KEY_1]
    assert [failure.as_json() for failure in account.failures] == [
        {
            "Step": "ListAccessKeys",
            "Code": "ValidationError",
            "Message": "told by the test",
            "UserName": "bob",
        }
    ]
