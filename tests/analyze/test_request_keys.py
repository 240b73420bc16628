"""What a request for an action can carry, by AWS's own pages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from botocore.loaders import Loader

from job.analyze.request_keys import known_from_request, never_sent

PAGES = json.loads(Path(__file__).with_name("request_keys.json").read_text())


@pytest.mark.parametrize(("action", "key"), [pair for page in PAGES for pair in page["never"]])
def test_a_key_that_aws_sends_with_other_actions_only_is_absent(action: str, key: str) -> None:
    assert never_sent(action, key)


@pytest.mark.parametrize(("action", "key"), [pair for page in PAGES for pair in page["perhaps"]])
def test_a_key_that_aws_may_send_stays_open(action: str, key: str) -> None:
    assert not never_sent(action, key)


def test_kms_knows_the_account_of_its_caller() -> None:
    assert known_from_request("kms:Decrypt", "111122223333", "aws") == {
        "kms:calleraccount": ("111122223333",)
    }


def test_most_requests_tell_nothing_more() -> None:
    assert known_from_request("s3:GetObject", "111122223333", "aws") == {}
    assert known_from_request("iam:GetUser", "111122223333", "aws-of-tomorrow") == {}


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
@pytest.mark.parametrize("service", ["iam", "organizations", "route53"])
def test_a_global_service_has_the_region_of_its_endpoint(partition: str, service: str) -> None:
    partitions = {p["partition"]: p["services"] for p in Loader().load_data("endpoints")["partitions"]}
    endpoint = partitions[partition][service]
    region = endpoint["endpoints"][endpoint["partitionEndpoint"]]["credentialScope"]["region"]
    known = known_from_request(f"{service}:ListThings", "111122223333", partition)
    assert known == {"aws:requestedregion": (region,)}
