from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from job.aws.failure import AwsFailure, error_code, failure_of, is_expired


def _refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "told by AWS"}}, "ListAccessKeys")


def test_an_error_of_aws_keeps_its_code_and_message() -> None:
    failure = failure_of("ListAccessKeys", _refusal("Throttling"), "alice")
    assert failure == AwsFailure(
        step="ListAccessKeys", code="Throttling", message="told by AWS", user="alice"
    )
    assert failure.as_json() == {
        "Step": "ListAccessKeys",
        "Code": "Throttling",
        "Message": "told by AWS",
        "UserName": "alice",
    }


def test_another_error_is_named_by_its_class() -> None:
    failure = failure_of("AssumeRole", EndpointConnectionError(endpoint_url="https://sts"))
    assert failure.code == "EndpointConnectionError"
    assert "UserName" not in failure.as_json()


def test_a_failure_repeats_no_secret() -> None:
    message = "Value 'SENTINEL' at 'externalId' failed to satisfy constraint"
    refusal = ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "AssumeRole")
    assert "SENTINEL" not in failure_of("AssumeRole", refusal).message
    assert failure_of("AssumeRole", ValueError("Invalid header value b'SENTINEL'")).message.endswith(" ***")


@pytest.mark.parametrize("code", ["AccessDenied", "AccessDeniedException", "403"])
def test_denials_are_known(code: str) -> None:
    assert failure_of("x", _refusal(code)).is_denial


def test_expired_credentials_are_known() -> None:
    assert is_expired(_refusal("ExpiredToken"))
    assert not is_expired(_refusal("AccessDenied"))
    assert error_code(_refusal("ExpiredToken")) == "ExpiredToken"
