"""What Security Hub holds after each of three dates, and what is told when it takes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from job.analyze.verdict import AdminAccess
from job.errors import PublishError
from job.policy_file.company_policy import Policy
from job.policy_file.policy_parser import parse_policy
from job.publish.publish import publish
from job.publish.published_runs import find_previous
from job.publish.security_hub import send_findings
from job.report.risk.rules import RULES
from job.report.rows.build import Report
from job.snapshot.model import Account, AccountRun, Failure
from job.storage.folder import FolderStorage
from tests.publish.hub import TASK_ACCOUNT, EmbeddedHub, embedded_hub
from tests.report.report_samples import (
    DEV,
    MANAGEMENT,
    PROD,
    access_key,
    account,
    report_run,
    sample_report,
    user,
    verdicts,
)

FIRST, SECOND, THIRD = date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 22)
REFUSED = AccountRun(failure=Failure(step="AssumeRole", code="AccessDenied", message="no"))
SEALED = parse_policy(
    b"""
[[exception]]
id = "SEC-2"
users = ["sealed"]
reason = "sealed"
rules = ["admin"]
expires = 2027-01-01
""",
    frozenset(rule.id for rule in RULES),
)
NO_POLICY = Policy()
TORN = b"\x1f\x8b\x08" + bytes(7) + b"\xff" * 9


@pytest.fixture
def storage(tmp_path: Path) -> FolderStorage:
    return FolderStorage(tmp_path)


@pytest.fixture
def embedded(monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedHub]:
    with embedded_hub(monkeypatch) as made:
        yield made


def key_of(name: str) -> str:
    return f"AKIA{name.upper():0>16}"


def finding_of(name: str, account_id: str = PROD) -> str:
    return f"iam-access-key-report/{account_id}/{key_of(name)}"


def shop(*names: str, quiet: tuple[str, ...] = ()) -> Account:
    return account(PROD, *(user(each, access_key(key_of(each))) for each in (*names, *quiet)))


def sandbox() -> Account:
    return account(DEV, user("dev", access_key(key_of("dev"))))


def reported(
    storage: FolderStorage,
    day: date,
    *accounts: Account,
    admins: tuple[str, ...],
    policy: Policy = NO_POLICY,
    minutes: int = 0,
) -> Report:
    runs = {} if any(each.account_id == DEV for each in accounts) else {DEV: REFUSED}
    run = report_run(run_id=f"run-{day}", report_date=day, accounts=runs, policy=policy)
    now = datetime(day.year, day.month, day.day, 4, tzinfo=UTC) + timedelta(minutes=minutes)
    answers = [
        *(verdicts(each, admin=AdminAccess.DIRECT) for each in admins if each != "dev"),
        replace(verdicts("dev", admin=AdminAccess.DIRECT), account_id=DEV),
    ]
    report = sample_report(
        account(MANAGEMENT),
        *accounts,
        verdicts=answers,
        run=replace(run, now=now),
        previous=find_previous(storage, day),
    )
    publish(storage, report, lambda _: b"")
    return report


def states(embedded: EmbeddedHub) -> dict[str, str]:
    return {each: finding["RecordState"] for each, finding in embedded.findings().items()}


def send_three_dates(embedded: EmbeddedHub, storage: FolderStorage) -> None:
    days = (
        (FIRST, shop("stays", "leaves", "returns", "sealed", quiet=("calm",)), (sandbox(),), NO_POLICY),
        (SECOND, shop("stays", "leaves", "sealed", "fresh", quiet=("returns", "calm")), (), NO_POLICY),
        (THIRD, shop("stays", "returns", "sealed", "fresh", quiet=("calm",)), (sandbox(),), SEALED),
    )
    admins = {
        FIRST: ("stays", "leaves", "returns", "sealed"),
        SECOND: ("stays", "leaves", "sealed", "fresh"),
        THIRD: ("stays", "returns", "sealed", "fresh"),
    }
    for day, there, others, policy in days:
        report = reported(storage, day, there, *others, admins=admins[day], policy=policy)
        assert send_findings(storage, embedded.hub, report) == ()


def test_security_hub_holds_after_three_dates_what_the_third_says(
    embedded: EmbeddedHub, storage: FolderStorage
) -> None:
    send_three_dates(embedded, storage)
    assert states(embedded) == {
        finding_of("stays"): "ACTIVE",
        finding_of("leaves"): "ARCHIVED",
        finding_of("returns"): "ACTIVE",
        finding_of("sealed"): "ARCHIVED",
        finding_of("fresh"): "ACTIVE",
        finding_of("dev", DEV): "ACTIVE",
    }
    held = embedded.findings()
    created = {each: held[finding_of(each)]["CreatedAt"] for each in ("stays", "returns", "fresh")}
    assert created == {
        "stays": "2026-11-20T04:00:00Z",
        "returns": "2026-11-20T04:00:00Z",
        "fresh": "2026-11-21T04:00:00Z",
    }
    assert held[finding_of("stays")]["UpdatedAt"] == "2026-11-22T04:00:00Z"


def test_what_was_not_read_is_neither_archived_nor_updated(
    embedded: EmbeddedHub, storage: FolderStorage
) -> None:
    report = reported(storage, FIRST, shop("stays"), sandbox(), admins=("stays",))
    send_findings(storage, embedded.hub, report)
    send_findings(storage, embedded.hub, reported(storage, SECOND, shop("stays"), admins=("stays",)))
    dev = embedded.findings()[finding_of("dev", DEV)]
    assert (dev["RecordState"], dev["UpdatedAt"]) == ("ACTIVE", "2026-11-20T04:00:00Z")


def test_a_finding_says_whose_key_it_is_and_belongs_to_the_sending_account(
    embedded: EmbeddedHub, storage: FolderStorage
) -> None:
    send_findings(storage, embedded.hub, reported(storage, FIRST, shop("ci"), sandbox(), admins=("ci",)))
    finding = embedded.findings()[finding_of("ci")]
    assert finding["AwsAccountId"] == TASK_ACCOUNT
    assert finding["FindingProviderFields"]["Severity"]["Label"] in ("CRITICAL", "HIGH")
    (resource,) = finding["Resources"]
    assert resource["Id"] == f"AWS::IAM::AccessKey:{key_of('ci')}"
    assert resource["Details"]["AwsIamAccessKey"] == {
        "AccessKeyId": key_of("ci"),
        "AccountId": PROD,
        "CreatedAt": "2026-11-01T00:00:00Z",
        "PrincipalName": "ci",
        "PrincipalType": "IAMUser",
        "Status": "Active",
    }


def test_the_same_date_again_sends_nothing_twice(embedded: EmbeddedHub, storage: FolderStorage) -> None:
    for minutes in (0, 30):
        report = reported(storage, FIRST, shop("ci"), sandbox(), admins=("ci",), minutes=minutes)
        assert send_findings(storage, embedded.hub, report) == ()
    assert embedded.calls == [[finding_of("ci"), finding_of("dev", DEV)]]


def test_an_archived_finding_is_sent_once(embedded: EmbeddedHub, storage: FolderStorage) -> None:
    send_three_dates(embedded, storage)
    admins = ("stays", "returns", "sealed", "fresh")
    fourth = reported(storage, date(2026, 11, 23), shop(*admins), sandbox(), admins=admins, policy=SEALED)
    assert send_findings(storage, embedded.hub, fourth) == ()
    assert finding_of("stays") in embedded.calls[-1]
    assert sum(finding_of("leaves") in call for call in embedded.calls) == 3


def test_no_call_holds_more_than_a_hundred(embedded: EmbeddedHub, storage: FolderStorage) -> None:
    names = tuple(f"u{number}" for number in range(230))
    send_findings(storage, embedded.hub, reported(storage, FIRST, shop(*names), admins=names))
    assert [len(call) for call in embedded.calls] == [100, 100, 30]


def test_a_hub_that_is_not_enabled_is_told_and_changes_no_file(
    embedded: EmbeddedHub, storage: FolderStorage, tmp_path: Path
) -> None:
    report = reported(storage, FIRST, shop("ci"), sandbox(), admins=("ci",))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    embedded.is_enabled = False
    (note,) = send_findings(storage, embedded.hub, report)
    assert "2 findings were not sent" in note
    assert "Account is not subscribed" in note
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before

    embedded.is_enabled = True
    assert send_findings(storage, embedded.hub, report) == ()
    assert len(states(embedded)) == 2


def test_a_finding_that_is_not_taken_is_told_and_sent_again(
    embedded: EmbeddedHub, storage: FolderStorage
) -> None:
    report = reported(storage, FIRST, shop("ci"), sandbox(), admins=("ci",))
    embedded.refused = {finding_of("ci")}
    assert send_findings(storage, embedded.hub, report) == (
        f"Security Hub did not take 1 findings: {finding_of('ci')}: InvalidInput: refused",
    )
    embedded.refused = set()
    assert send_findings(storage, embedded.hub, report) == ()
    assert embedded.calls[1] == [finding_of("ci")]


def test_a_report_of_an_older_date_sends_nothing(embedded: EmbeddedHub, storage: FolderStorage) -> None:
    send_findings(storage, embedded.hub, reported(storage, SECOND, shop("ci"), admins=("ci",)))
    older = reported(storage, FIRST, shop("other"), admins=("other",))
    assert send_findings(storage, embedded.hub, older) == (
        "nothing is sent to Security Hub: it holds the report of 2026-11-21",
    )


@pytest.mark.parametrize("damaged", [b"", b"no gzip", b'{"findings": [1]}', TORN])
def test_a_damaged_list_of_what_was_sent_stops_sending(
    embedded: EmbeddedHub, storage: FolderStorage, damaged: bytes
) -> None:
    report = reported(storage, FIRST, shop("ci"), admins=("ci",))
    storage.write("security-hub/sent.json.gz", damaged)
    with pytest.raises(PublishError, match="damaged: nothing is sent to Security Hub"):
        send_findings(storage, embedded.hub, report)
    assert embedded.calls == []
