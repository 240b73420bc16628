from __future__ import annotations

import botocore.exceptions
import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    UnauthorizedSSOTokenError,
)

from job.aws import error_messages as messages
from job.aws.error_messages import remedy_of, told, what_happened
from job.redaction import redact


def refusal(operation: str, code: str, message: str = "told by AWS", **response: object) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}, **response}, operation)  # type: ignore[typeddict-item]


def test_what_happened_comes_before_what_to_do() -> None:
    assert told(UnauthorizedSSOTokenError(), profile="audit").endswith(
        "; run `aws sso login --profile audit`"
    )
    assert told(UnauthorizedSSOTokenError()).endswith("; run `aws sso login`")


def test_an_answer_of_aws_has_its_operation_and_code() -> None:
    error = refusal("ListAccounts", "TooManyRequestsException", "slow down.")
    assert told(error) == "ListAccounts: TooManyRequestsException: slow down"


def test_every_class_that_has_a_remedy_is_one_of_the_sdk() -> None:
    known = [getattr(botocore.exceptions, name) for name in messages._BY_CLASS]  # noqa: SLF001 - the table itself
    assert [each for each in known if not issubclass(each, BotoCoreError)] == []


def test_no_remedy_looks_like_a_secret() -> None:
    tables = (messages._BY_CLASS, messages._BY_PROVIDER, messages._BY_CODE, messages._BY_OPERATION)  # noqa: SLF001 - as above
    remedies = [remedy for table in tables for remedy in table.values()]
    assert [remedy for remedy in remedies if redact(remedy) != remedy] == []


def test_a_message_of_many_lines_is_one_and_not_endless() -> None:
    words = what_happened(refusal("AssumeRole", "ValidationError", "a\n b\n" + "c" * 5000))
    assert words.startswith("AssumeRole: ValidationError: a b c")
    assert len(words) == 600


def test_what_a_credential_process_wrote_is_not_repeated() -> None:
    error = CredentialRetrievalError(provider="custom-process", error_msg="SENTINEL")
    assert "SENTINEL" not in told(error)
    version = CredentialRetrievalError(provider="custom-process", error_msg="Unsupported version '7'")
    assert "Unsupported version '7'" in told(version)


@pytest.mark.parametrize(
    ("error", "region"),
    [
        (
            refusal(
                "PutObject",
                "PermanentRedirect",
                ResponseMetadata={"HTTPHeaders": {"x-amz-bucket-region": "eu-west-3"}},
            ),
            "AWS_REGION to eu-west-3",
        ),
        (
            refusal("PutObject", "AuthorizationHeaderMalformed", "expecting 'eu-west-3'"),
            "AWS_REGION to eu-west-3",
        ),
        (refusal("PutObject", "PermanentRedirect"), "AWS_REGION to the bucket's"),
    ],
)
def test_a_buckets_region_is_told_where_s3_tells_it(error: ClientError, region: str) -> None:
    assert region in told(error)


def test_what_nobody_knows_a_remedy_for_has_none() -> None:
    assert remedy_of(refusal("ListRoles", "ServiceFailure")) is None
    assert remedy_of(HTTPClientError(error="x")) is None
    assert remedy_of(OSError("no file")) is None
    assert told(ZeroDivisionError("by zero")) == "ZeroDivisionError: by zero"


@pytest.mark.parametrize(
    ("operation", "code", "words"),
    [
        ("AssumeRole", "AccessDenied", "trust policy"),
        ("AssumeRoleWithWebIdentity", "AccessDenied", "AWS_ROLE_ARN"),
        ("AssumeRoleWithWebIdentity", "ExpiredTokenException", "AWS_WEB_IDENTITY_TOKEN_FILE"),
        ("ListUsers", "AccessDenied", "python -m job permissions"),
        ("PutObject", "KMS.NotFoundException", "REPORT_KMS_KEY_ARN"),
        ("AssumeRole", "RegionDisabledException", "enable the Region"),
    ],
)
def test_a_code_is_read_by_what_was_asked(operation: str, code: str, words: str) -> None:
    assert words in told(refusal(operation, code))
