from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from job.collect.collector import Collector
from job.collect.credential_report_request import ReportDelay
from job.errors import OrganizationError
from tests.scripted_aws import ScriptedAws, error

MakeCollector = Callable[..., Collector]
ACCOUNTS = [f"{number:012}" for number in range(1, 31)]


def test_one_account_that_fails_leaves_all_others(aws: ScriptedAws, collector: MakeCollector) -> None:
    aws.script("GetAccountAuthorizationDetails", error(403, "AccessDenied"), account=ACCOUNTS[7])
    accounts = {account.account_id: account for account in collector().collect(ACCOUNTS)}
    assert sorted(accounts) == ACCOUNTS
    assert [each for each in ACCOUNTS if accounts[each].failures] == [ACCOUNTS[7]]
    assert {account.api_calls for account in accounts.values()} == {5}


def test_accounts_that_are_there_already_are_not_read(aws: ScriptedAws, collector: MakeCollector) -> None:
    read = collector().collect(ACCOUNTS[:3], already={ACCOUNTS[0], ACCOUNTS[2]})
    assert [account.account_id for account in read] == [ACCOUNTS[1]]
    assert {asked.account for asked in aws.asked} <= {"", ACCOUNTS[1]}


def test_accounts_are_read_while_they_are_still_being_listed(
    aws: ScriptedAws, collector: MakeCollector
) -> None:
    first_is_read = threading.Event()

    def listing() -> Iterator[str]:
        yield ACCOUNTS[0]
        assert first_is_read.wait(30)
        yield ACCOUNTS[1]

    read = collector().collect(listing())
    assert next(read).account_id == ACCOUNTS[0]
    first_is_read.set()
    assert next(read).account_id == ACCOUNTS[1]
    assert aws.operations().count("AssumeRole") == 2


def test_a_listing_that_breaks_off_is_told_after_the_accounts_before_it(collector: MakeCollector) -> None:
    def listing() -> Iterator[str]:
        yield ACCOUNTS[0]
        raise OrganizationError("the listing broke off")

    read = collector().collect(listing())
    assert next(read).failures == ()
    with pytest.raises(OrganizationError):
        next(read)


def test_the_account_that_took_most_calls_before_is_entered_first(
    aws: ScriptedAws, collector: MakeCollector
) -> None:
    largest = ACCOUNTS[-1]
    list(collector(REPORT_MAX_CONCURRENCY="1").collect(ACCOUNTS, sizes={largest: 5000, ACCOUNTS[0]: 5}))
    entered = [
        asked.parameters["RoleArn"].split(":")[4] for asked in aws.asked if "RoleArn" in asked.parameters
    ]
    assert sorted(entered) == ACCOUNTS
    assert entered.index(largest) < len(ACCOUNTS) / 2


def test_after_a_stop_no_account_is_begun_and_those_under_way_are_given_up(
    aws: ScriptedAws, collector: MakeCollector, stop: threading.Event
) -> None:
    aws.script("GetCredentialReport", error(404, "ReportInProgress"))
    threading.Timer(0.7, stop.set).start()
    assert list(collector().collect(ACCOUNTS)) == []
    assert "ListAccessKeys" not in aws.operations()


def test_a_stop_in_the_middle_of_an_account_gives_it_up(
    aws: ScriptedAws, collector: MakeCollector, stop: threading.Event
) -> None:
    stop.set()
    assert list(collector().collect(ACCOUNTS)) == []
    assert "GenerateCredentialReport" not in aws.operations()


def test_patience_grows_with_reports_that_are_not_ready_and_shrinks_slowly() -> None:
    report_delay = ReportDelay()
    assert report_delay.seconds == 0.25
    report_delay.was_early(0.25)
    assert report_delay.seconds == 0.5
    report_delay.was_early(2.0)
    assert report_delay.seconds == 2.6
    report_delay.was_early(1.0)
    assert report_delay.seconds == 2.6
    report_delay.was_ready()
    assert 2.5 < report_delay.seconds < 2.6
    report_delay.was_early(60.0)
    assert report_delay.seconds == 10.0
