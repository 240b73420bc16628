"""What a request for an action can carry, by AWS's own pages."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest
from botocore.loaders import Loader
from hypothesis import given
from hypothesis import strategies as st

from job.analyze.service_reference.request_keys import known_from_request, never_sent

TABLE = json.loads(files("job.analyze.data").joinpath("action_table.json").read_text())
LISTED = [
    (f"{service}:{name}", row[2])
    for service, listed in TABLE["services"].items()
    for row in listed["actions"]
    for name in row[4].split()
]
PAGES = json.loads(Path(__file__).with_name("request_keys.json").read_text())


@pytest.mark.parametrize(("action", "key"), [pair for page in PAGES for pair in page["never"]])
def test_a_key_that_aws_sends_with_other_actions_only_is_absent(action: str, key: str) -> None:
    assert never_sent(action, key)


@pytest.mark.parametrize(("action", "key"), [pair for page in PAGES for pair in page["perhaps"]])
def test_a_key_that_aws_may_send_stays_open(action: str, key: str) -> None:
    assert not never_sent(action, key)


@given(st.sampled_from(LISTED))
def test_no_key_that_the_list_names_for_an_action_is_absent(listed: tuple[str, str]) -> None:
    action, numbers = listed
    keys = [TABLE["condition_keys"][int(number)] for number in numbers.split()]
    assert [key for key in keys if never_sent(action, key) and key != "kms:ViaService"] == []


def test_kms_knows_the_account_of_its_caller_and_that_no_service_asks_for_it() -> None:
    assert known_from_request("kms:CreateGrant", "111122223333", "aws") == {
        "kms:calleraccount": ("111122223333",),
        "kms:grantisforawsresource": ("false",),
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
