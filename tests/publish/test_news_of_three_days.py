"""What is sent over three dates: exactly what each has new, to the run's queue and to the owner's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from job.analyze.verdict import AdminAccess, PrincipalVerdicts, Verdict
from job.policy_file.company_policy import Policy
from job.policy_file.policy_parser import parse_policy
from job.publish.notices import Notice, messages, notices_of
from job.publish.notify import notify
from job.publish.publish import publish
from job.publish.published_runs import find_previous
from job.report.risk.rules import RULES
from job.report.rows.build import Report
from job.snapshot.model import Account, AccountRun, Failure
from job.storage.folder import FolderStorage
from tests.publish.queues import Queues
from tests.report.report_samples import (
    DEV,
    MANAGEMENT,
    PROD,
    access_key,
    account,
    capability,
    report_run,
    sample_report,
    user,
    verdicts,
)

FIRST, SECOND, THIRD = date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 22)
REFUSED = AccountRun(failure=Failure(step="AssumeRole", code="AccessDenied", message="no"))
CI, NEW, ADMIN, LOW = (f"AKIA0000000000000{name}" for name in ("0CI", "NEW", "ADM", "LOW"))
FILE = f"""
[[exception]]
id = "SEC-1"
accounts = ["{PROD}"]
rules = ["old"]
reason = "vendor"
owner = "delivery"
expires = 2026-11-20
[[exception]]
id = "SEC-2"
users = ["accepted"]
rules = ["admin", "reads_all"]
reason = "sealed"
expires = 2027-01-01
[owner]
tags = ["team", "Owner"]
"""
POLICY: Policy = parse_policy(FILE.encode(), frozenset(rule.id for rule in RULES))
DELIVERY = {"team": "delivery"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What is there on a date."""

    shop: Account
    answers: tuple[PrincipalVerdicts, ...]
    runs: dict[str, AccountRun]


BEFORE = Day(
    shop=account(PROD, user("ci", access_key(CI), tags=DELIVERY), user("climber", access_key(ADMIN))),
    answers=(verdicts("ci"), verdicts("climber")),
    runs={},
)
AFTER = Day(
    shop=account(
        PROD,
        user("accepted", access_key("AKIA00000000000000AC"), tags=DELIVERY),
        user("ci", access_key(CI), tags=DELIVERY),
        user("climber", access_key(ADMIN)),
        user("newcomer", access_key(NEW), access_key(LOW, active=False), tags=DELIVERY),
        user("quiet", access_key("AKIA00000000000000QU"), tags=DELIVERY),
    ),
    answers=(
        verdicts("accepted", admin=AdminAccess.DIRECT),
        verdicts("ci", known_leaked=True),
        verdicts("climber", admin=AdminAccess.ESCALATES),
        verdicts("newcomer", capability("s3_read", Verdict.ALL), admin=AdminAccess.DIRECT),
        verdicts("quiet"),
    ),
    runs={DEV: REFUSED},
)


def reported(storage: FolderStorage, day: date, there: Day) -> Report:
    others = [account(MANAGEMENT)] if there.runs else [account(MANAGEMENT), account(DEV)]
    report = sample_report(
        *others,
        there.shop,
        verdicts=there.answers,
        run=report_run(run_id=f"run-{day}", report_date=day, accounts=there.runs, policy=POLICY),
        previous=find_previous(storage, day),
    )
    publish(storage, report, lambda _: b"")
    return report


def sent(queues: Queues, storage: FolderStorage, report: Report) -> dict[str, list[dict[str, Any]]]:
    """What each queue got of a report."""
    run = report.run
    news = messages(notices_of(report), run.report_date, run.run_id)
    assert notify(storage, queues.topic, news, day=run.report_date, run_id=run.run_id) == ()
    return {name: queues.received(name) for name in queues.urls}


def lines(message: dict[str, Any]) -> list[str]:
    return list(message["Message"]["content"]["description"].split("\n"))


@pytest.fixture
def storage(tmp_path: Path) -> FolderStorage:
    return FolderStorage(tmp_path)


def test_three_dates_send_exactly_what_each_has_new(queues: Queues, storage: FolderStorage) -> None:
    assert sent(queues, storage, reported(storage, FIRST, BEFORE)) == {"all": [], "delivery": []}

    got = sent(queues, storage, reported(storage, SECOND, AFTER))
    whole = next(each for each in got["all"] if "MessageAttributes" not in each)
    assert lines(whole) == [
        f"1 key found in public by AWS: `ci {CI}` in Shop: critical, next: deactivate",
        f"1 new critical or high key: `newcomer {NEW}` in Shop: high, next: replace with role",
        f"1 newly an administrator: `climber {ADMIN}` in Shop: high, next: replace with role",
        f"1 account no longer read: `{DEV}` in Sandbox: AssumeRole: AccessDenied",
        "1 expired exception: `SEC-1`: expired on 2026-11-20",
    ]
    (own,) = got["delivery"]
    assert lines(own) == [
        f"1 key found in public by AWS: `ci {CI}` in Shop: critical, next: deactivate",
        f"1 new critical or high key: `newcomer {NEW}` in Shop: high, next: replace with role",
        "1 expired exception: `SEC-1`: expired on 2026-11-20",
    ]
    owners = {each["MessageAttributes"]["owner"]["Value"] for each in got["all"] if each is not whole}
    assert owners == {"delivery", "shop"}

    assert sent(queues, storage, reported(storage, THIRD, AFTER)) == {"all": [], "delivery": []}


def test_the_same_run_again_sends_nothing_again(queues: Queues, storage: FolderStorage) -> None:
    sent(queues, storage, reported(storage, FIRST, BEFORE))
    assert sent(queues, storage, reported(storage, SECOND, AFTER))["delivery"] != []
    assert sent(queues, storage, reported(storage, SECOND, AFTER)) == {"all": [], "delivery": []}


def test_messages_hold_no_policy_and_no_tag_but_the_owner(queues: Queues, storage: FolderStorage) -> None:
    sent(queues, storage, reported(storage, FIRST, BEFORE))
    got = sent(queues, storage, reported(storage, SECOND, AFTER))
    told = str(got["all"])
    assert [word for word in ("AmazonS3", "prod", "Statement", "arn:aws:iam") if word in told] == []


def test_the_first_report_of_all_has_no_news(storage: FolderStorage) -> None:
    news: tuple[Notice, ...] = notices_of(reported(storage, FIRST, AFTER))
    assert news == ()
