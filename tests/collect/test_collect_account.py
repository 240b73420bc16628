from __future__ import annotations

import base64
from collections.abc import Callable
from urllib.parse import quote

import orjson
import pytest

from job.collect.account import CollectedAccount
from job.collect.collector import Collector
from job.permissions import member_permissions
from tests.collect.collect_samples import details, report, user
from tests.collect.conftest import TASK_ACCOUNT
from tests.scripted_aws import Answer, ScriptedAws, error, session_of, xml

MakeCollector = Callable[..., Collector]
ACCOUNT = "000000000001"


def _read(collector: Collector, account_id: str = ACCOUNT) -> CollectedAccount:
    (account,) = collector.collect([account_id])
    return account


def _codes(account: CollectedAccount) -> list[tuple[str, str]]:
    return [(failure.step, failure.code) for failure in account.failures]


def test_an_account_is_read_into_one_document(aws: ScriptedAws, collector: MakeCollector) -> None:
    account = _read(collector())
    document = orjson.loads(orjson.dumps(account.document))
    assert document["AccountId"] == ACCOUNT
    assert document["CollectedAt"] == "2026-11-22T04:00:12Z"
    assert document["CredentialReport"]["GeneratedTime"] == "2099-01-01T00:00:00Z"
    assert document["CredentialReport"]["Content"].startswith("user,arn,")
    assert [each["UserName"] for each in document["AuthorizationDetails"]["UserDetailList"]] == ["alice"]
    assert document["AccessKeys"] == [
        {
            "UserName": "alice",
            "AccessKeyId": "AKIAALICE00000000000",
            "Status": "Active",
            "CreateDate": "2021-02-01T00:00:00Z",
            "LastUsed": {
                "ServiceName": "ec2",
                "Region": "eu-west-1",
                "LastUsedDate": "2026-11-20T10:00:00Z",
            },
        }
    ]
    assert document["Failures"] == []
    assert document["Collection"] == {
        "Entered": True,
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/iam-access-key-report-reader",
        "ApiCalls": 5,
        "Retries": 0,
        "Seconds": account.seconds,
    }
    assert aws.operations() == [
        "AssumeRole",
        "GenerateCredentialReport",
        "GetAccountAuthorizationDetails",
        "GetCredentialReport",
        "ListAccessKeys",
    ]


def test_the_role_is_assumed_with_external_id_and_a_policy_of_the_calls_made(
    aws: ScriptedAws, collector: MakeCollector
) -> None:
    _read(
        collector(
            REPORT_MEMBER_ROLE="audit/reader",
            REPORT_EXTERNAL_ID="word",
            REPORT_CREDENTIALS="ssh_public_keys",
        )
    )
    assume = aws.asked[0].parameters
    assert assume["RoleArn"] == f"arn:aws:iam::{ACCOUNT}:role/audit/reader"
    assert assume["ExternalId"] == "word"
    (statement,) = orjson.loads(assume["Policy"])["Statement"]
    assert statement["Action"] == [
        permission.action
        for permission in member_permissions(credentials=("ssh_public_keys",), data_stores=())
    ]
    assert {asked.account for asked in aws.asked[1:]} == {ACCOUNT}


def test_an_account_without_the_role_is_a_failure_of_its_own(
    aws: ScriptedAws, collector: MakeCollector
) -> None:
    aws.script("AssumeRole", error(403, "AccessDenied", "not authorized to perform: sts:AssumeRole"))
    account = _read(collector())
    assert not account.entered
    assert _codes(account) == [("AssumeRole", "AccessDenied")]
    assert account.document["Failures"] == [
        {
            "Step": "AssumeRole",
            "Code": "AccessDenied",
            "Message": "not authorized to perform: sts:AssumeRole",
        }
    ]


def test_the_tasks_own_account_is_read_with_its_own_credentials_where_it_has_no_role(
    aws: ScriptedAws, collector: MakeCollector
) -> None:
    aws.script("AssumeRole", error(403, "AccessDenied"))
    account = _read(collector(), TASK_ACCOUNT)
    assert account.failures == ()
    assert account.role_arn == f"arn:aws:sts::{TASK_ACCOUNT}:assumed-role/task/1"


def test_a_report_that_is_being_made_is_waited_for(aws: ScriptedAws, collector: MakeCollector) -> None:
    aws.script(
        "GetCredentialReport",
        error(404, "ReportInProgress"),
        error(404, "ReportInProgress"),
        report(),
    )
    assert _read(collector()).failures == ()
    assert aws.operations().count("GetCredentialReport") == 3


@pytest.mark.parametrize("code", ["ReportNotPresent", "ReportExpired"])
def test_a_report_that_is_gone_is_asked_for_again(
    aws: ScriptedAws, collector: MakeCollector, code: str
) -> None:
    aws.script("GenerateCredentialReport", xml("GenerateCredentialReport", "<State>COMPLETE</State>"))
    aws.script("GetCredentialReport", error(410, code), report())
    assert _read(collector()).failures == ()
    assert aws.operations().count("GenerateCredentialReport") == 2


def test_a_report_that_is_gone_and_cannot_be_asked_for_again_is_told(
    aws: ScriptedAws, collector: MakeCollector
) -> None:
    aws.script(
        "GenerateCredentialReport",
        xml("GenerateCredentialReport", "<State>COMPLETE</State>"),
        error(403, "AccessDenied"),
    )
    aws.script("GetCredentialReport", error(410, "ReportExpired"))
    assert _codes(_read(collector())) == [("GenerateCredentialReport", "AccessDenied")]


def test_a_report_that_never_comes_is_told_and_the_rest_is_read(
    aws: ScriptedAws, collector: MakeCollector
) -> None:
    aws.script("GetCredentialReport", error(404, "ReportInProgress"))
    account = _read(collector(REPORT_CREDENTIAL_REPORT_TIMEOUT="1"))
    assert _codes(account) == [("GetCredentialReport", "ReportInProgress")]
    assert account.failures[0].message == "not ready after 1 s"
    assert "CredentialReport" not in account.document
    assert account.document.keys() >= {"AuthorizationDetails", "AccessKeys"}


def test_a_report_that_iam_is_too_busy_to_make_is_waited_for(
    aws: ScriptedAws, collector: MakeCollector
) -> None:
    aws.script("GenerateCredentialReport", error(409, "LimitExceeded"))
    assert _read(collector()).failures == ()


@pytest.mark.parametrize("operation", ["GenerateCredentialReport", "GetCredentialReport"])
def test_a_denied_report_is_told_and_the_rest_is_read(
    aws: ScriptedAws, collector: MakeCollector, operation: str
) -> None:
    aws.script(operation, error(403, "AccessDenied"))
    account = _read(collector())
    assert _codes(account) == [(operation, "AccessDenied")]
    assert account.document.keys() >= {"AuthorizationDetails", "AccessKeys"}


def test_a_malformed_report_is_kept_as_it_is_and_all_users_are_asked_about(
    aws: ScriptedAws, collector: MakeCollector
) -> None:
    content = base64.b64encode(b"<html>").decode()
    aws.script("GetCredentialReport", xml("GetCredentialReport", f"<Content>{content}</Content>"))
    account = _read(collector())
    assert account.document["CredentialReport"] == {"GeneratedTime": "", "Content": "<html>"}
    assert aws.operations().count("ListAccessKeys") == 1


def test_denied_details_are_told_and_the_reports_users_are_asked_about(
    aws: ScriptedAws, collector: MakeCollector
) -> None:
    aws.script("GetAccountAuthorizationDetails", error(403, "AccessDenied"))
    account = _read(collector())
    assert _codes(account) == [("GetAccountAuthorizationDetails", "AccessDenied")]
    assert "AuthorizationDetails" not in account.document
    assert [asked.parameters["UserName"] for asked in aws.asked if asked.operation == "ListAccessKeys"] == [
        "alice"
    ]


def test_without_details_and_report_there_is_nobody_to_ask_about(
    aws: ScriptedAws, collector: MakeCollector
) -> None:
    aws.script("GetAccountAuthorizationDetails", error(403, "AccessDenied"))
    aws.script("GetCredentialReport", error(403, "AccessDenied"))
    account = _read(collector())
    assert "AccessKeys" not in account.document
    assert len(account.failures) == 2


def test_pages_of_the_details_are_merged_and_documents_decoded(
    aws: ScriptedAws, collector: MakeCollector
) -> None:
    document = quote('{"Statement": []}', safe="")
    role = (
        f"<member><RoleName>r</RoleName><Arn>arn:r</Arn><AssumeRolePolicyDocument>{document}"
        "</AssumeRolePolicyDocument><InstanceProfileList><member><Arn>arn:i</Arn><Roles><member>"
        f"<RoleName>r</RoleName><AssumeRolePolicyDocument>{document}</AssumeRolePolicyDocument></member>"
        "</Roles></member></InstanceProfileList></member>"
    )
    aws.script(
        "GetAccountAuthorizationDetails",
        details(more="<IsTruncated>true</IsTruncated><Marker>2</Marker>"),
        xml("GetAccountAuthorizationDetails", "<IsTruncated>true</IsTruncated><Marker>3</Marker>"),
        details(user("bob"), roles=role),
    )
    read = orjson.loads(orjson.dumps(_read(collector()).document["AuthorizationDetails"]))
    assert [each["UserName"] for each in read["UserDetailList"]] == ["alice", "bob"]
    (found,) = read["RoleDetailList"]
    assert found["AssumeRolePolicyDocument"] == {"Statement": []}
    assert found["InstanceProfileList"][0]["Roles"][0]["AssumeRolePolicyDocument"] == {"Statement": []}


def test_credentials_that_expire_on_the_way_are_renewed_and_the_step_repeated(
    aws: ScriptedAws, collector: MakeCollector
) -> None:
    aws.script("GetAccountAuthorizationDetails", error(403, "ExpiredToken"), details())
    account = _read(collector())
    assert account.failures == ()
    assert aws.operations().count("AssumeRole") == 2
    assert account.api_calls == 7


def test_credentials_that_have_run_out_are_renewed_before_they_are_used(
    aws: ScriptedAws, collector: MakeCollector
) -> None:
    aws.script("AssumeRole", session_of(ACCOUNT, "2026-11-22T04:01:00Z"), session_of(ACCOUNT))
    assert _read(collector()).failures == ()
    assert aws.operations()[:3] == ["AssumeRole", "AssumeRole", "GenerateCredentialReport"]


def test_the_tasks_own_expired_credentials_are_asked_for_again(
    aws: ScriptedAws, collector: MakeCollector
) -> None:
    aws.script("AssumeRole", error(403, "AccessDenied"))
    aws.script("GetAccountAuthorizationDetails", error(403, "ExpiredToken"), details())
    assert _read(collector(), TASK_ACCOUNT).failures == ()


def test_credentials_that_cannot_be_renewed_are_that_steps_failure(
    aws: ScriptedAws, collector: MakeCollector
) -> None:
    aws.script("AssumeRole", session_of(ACCOUNT), error(403, "AccessDenied"))
    aws.script("GetAccountAuthorizationDetails", error(403, "ExpiredToken"))
    assert _codes(_read(collector())) == [("GetAccountAuthorizationDetails", "AccessDenied")]


@pytest.mark.parametrize(
    "trouble",
    [
        error(503, "ServiceUnavailable"),
        error(500, "InternalFailure"),
        error(400, "Throttling"),
        Answer(reset=True),
        Answer(status=502, body=b"<html>bad gateway</html>"),
        Answer(body=details().body[:400], cut=True),
        Answer(body=details().body[:400]),
        Answer(body=b"<other/>"),
    ],
    ids=["503", "500", "throttling", "reset", "502", "cut", "no XML", "other XML"],
)
def test_passing_troubles_are_retried(aws: ScriptedAws, collector: MakeCollector, trouble: Answer) -> None:
    aws.script("GetAccountAuthorizationDetails", trouble, details())
    account = _read(collector())
    assert account.failures == ()
    assert account.retries == 1


def test_an_answer_that_stays_cut_off_is_a_failure_without_its_text(
    aws: ScriptedAws, collector: MakeCollector
) -> None:
    aws.script("GetAccountAuthorizationDetails", Answer(body=details().body[:400]))
    account = _read(collector())
    assert _codes(account) == [("GetAccountAuthorizationDetails", "RequestTimeout")]
    assert account.failures[0].message == "the answer was cut off, or is not what it should be"


def test_an_answer_of_another_kind_stays_in_its_account(aws: ScriptedAws, collector: MakeCollector) -> None:
    nameless = xml("GetAccountAuthorizationDetails", "<UserDetailList><member/></UserDetailList>")
    aws.script("GetAccountAuthorizationDetails", nameless, account=ACCOUNT)
    accounts = {each.account_id: each for each in collector().collect([ACCOUNT, "000000000002"])}
    assert [step for step, _ in _codes(accounts[ACCOUNT])] == ["Read"]
    assert accounts["000000000002"].failures == ()
