from __future__ import annotations

import botocore.session
import pytest
from botocore.model import StructureShape
from botocore.parsers import QueryParser, ResponseParserError

from job.aws.policy_documents import timestamp_text
from job.aws.response_parser import AnswerParser, AnswerParserFactory

DETAILS = b"""<GetAccountAuthorizationDetailsResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
<GetAccountAuthorizationDetailsResult><IsTruncated>true</IsTruncated><Marker>next</Marker>
<UserDetailList><member><Path>/</Path><UserName>a &amp; b</UserName><UserId>U</UserId><Arn>arn</Arn>
<CreateDate>2020-01-01T00:00:00Z</CreateDate><GroupList><member>g</member></GroupList>
<UserPolicyList/><AttachedManagedPolicies/><Tags><member><Key>k</Key><Value></Value></member></Tags>
<SomethingNew>5</SomethingNew><SomethingNew>6</SomethingNew></member></UserDetailList><GroupDetailList/><RoleDetailList/>
<Policies><member><Arn>p</Arn><AttachmentCount>3</AttachmentCount><IsAttachable>false</IsAttachable>
<PolicyVersionList><member><Document>%7B%7D</Document><VersionId>v1</VersionId></member></PolicyVersionList>
</member></Policies></GetAccountAuthorizationDetailsResult>
<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetAccountAuthorizationDetailsResponse>"""
REPORT = b"""<GetCredentialReportResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
<GetCredentialReportResult><Content>dXNlcixhcm4=</Content><ReportFormat>text/csv</ReportFormat>
<GeneratedTime>2026-11-22T04:00:00Z</GeneratedTime></GetCredentialReportResult>
<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetCredentialReportResponse>"""
SUMMARY = b"""<GetAccountSummaryResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
<GetAccountSummaryResult><SummaryMap><entry><key>Users</key><value>2</value></entry></SummaryMap>
</GetAccountSummaryResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>
</GetAccountSummaryResponse>"""
REFUSED = b"""<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type>
<Code>NoSuchEntity</Code><Message>no</Message></Error><RequestId>r</RequestId></ErrorResponse>"""


def _shape(operation: str) -> StructureShape:
    shape = botocore.session.Session().get_service_model("iam").operation_model(operation).output_shape
    assert shape is not None
    return shape


@pytest.mark.parametrize(
    ("operation", "body", "status"),
    [
        ("GetAccountAuthorizationDetails", DETAILS, 200),
        ("GetCredentialReport", REPORT, 200),
        ("GetAccountSummary", SUMMARY, 200),
        ("GetAccountAuthorizationDetails", REFUSED, 404),
    ],
)
def test_answers_are_read_as_botocore_reads_them(operation: str, body: bytes, status: int) -> None:
    response = {"body": body, "headers": {"Date": "now"}, "status_code": status}
    shape = _shape(operation)
    assert AnswerParser(timestamp_text).parse(response, shape) == QueryParser(
        timestamp_parser=timestamp_text
    ).parse(response, shape)


def test_a_modeled_error_is_read_as_botocore_reads_it() -> None:
    shape = botocore.session.Session().get_service_model("iam").shape_for("NoSuchEntityException")
    response = {"body": REFUSED, "headers": {}, "status_code": 404}
    parsed = AnswerParser(timestamp_text).parse(response, shape)
    assert parsed == QueryParser(timestamp_parser=timestamp_text).parse(response, shape)


def test_one_parser_reads_many_answers() -> None:
    parser = AnswerParser(timestamp_text)
    response = {"body": REPORT, "headers": {}, "status_code": 200}
    assert parser.parse(response, _shape("GetCredentialReport")) == parser.parse(
        response, _shape("GetCredentialReport")
    )


def test_an_answer_has_what_the_xml_says() -> None:
    response = {"body": DETAILS, "headers": {}, "status_code": 200}
    shape = _shape("GetAccountAuthorizationDetails")
    details = AnswerParser(timestamp_text).parse(response, shape)
    assert details["UserDetailList"][0]["UserName"] == "a & b"
    assert details["UserDetailList"][0]["Tags"] == [{"Key": "k", "Value": ""}]
    assert details["Policies"][0]["AttachmentCount"] == 3
    assert details["Policies"][0]["IsAttachable"] is False
    assert details["IsTruncated"] is True


def test_a_cut_off_answer_is_an_error_to_the_parser() -> None:
    response = {"body": DETAILS[:500], "headers": {}, "status_code": 200}
    shape = _shape("GetAccountAuthorizationDetails")
    with pytest.raises(ResponseParserError):
        AnswerParser(timestamp_text).parse(response, shape)


def test_other_protocols_have_botocores_parser() -> None:
    response = {"body": b'{"Roots": []}', "headers": {}, "status_code": 200}
    model = botocore.session.Session().get_service_model("organizations").operation_model("ListRoots")
    assert model.output_shape is not None
    parsed = AnswerParserFactory().create_parser("json").parse(response, model.output_shape)
    assert parsed["Roots"] == []


def test_a_session_has_one_parser_for_each_protocol() -> None:
    factory = AnswerParserFactory()
    assert factory.create_parser("query") is factory.create_parser("query")


@pytest.mark.parametrize(
    ("protocol", "body", "headers"),
    [
        ("query", REPORT, {"Content-Length": str(len(REPORT) + 1)}),
        ("query", REPORT[:-30], {}),
        ("query", b"<html/>", {}),
        ("json", b'{"Roots": [', {"Content-Type": "application/x-amz-json-1.1"}),
        ("json", b'{"Roots": []}', {"Content-Length": "14"}),
    ],
)
def test_an_answer_that_is_not_whole_is_an_error_that_is_retried(
    protocol: str, body: bytes, headers: dict[str, str]
) -> None:
    response = {"body": body, "headers": headers, "status_code": 200}
    parsed = AnswerParserFactory().create_parser(protocol).parse(response, _shape("GetCredentialReport"))
    assert parsed["Error"]["Code"] == "RequestTimeout"


def test_a_streamed_body_is_not_measured() -> None:
    response = {"body": None, "headers": {"Content-Length": "5"}, "status_code": 200}
    shape = botocore.session.Session().get_service_model("s3").operation_model("GetObject").output_shape
    assert shape is not None
    assert AnswerParserFactory().create_parser("rest-xml").parse(response, shape)["ContentLength"] == 5


def test_bytes_that_are_no_base64_are_left_to_their_reader() -> None:
    body = REPORT.replace(b"dXNlcixhcm4=", b"%%%a")
    response = {"body": body, "headers": {}, "status_code": 200}
    report = AnswerParser(timestamp_text).parse(response, _shape("GetCredentialReport"))
    assert report["Content"] == b"%%%a"
