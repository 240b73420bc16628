from __future__ import annotations

import pytest

from job.analyze.principals.trusted_principals import service_of


@pytest.mark.parametrize(
    ("principal", "service"),
    [
        ("states.eu-west-1.amazonaws.com", "states.amazonaws.com"),
        ("states.us-gov-west-1.amazonaws.com", "states.amazonaws.com"),
        ("logs.cn-north-1.amazonaws.com.cn", "logs.amazonaws.com"),
        ("ec2.amazonaws.com.cn", "ec2.amazonaws.com"),
        ("states.eusc-de-east-1.amazonaws.com", "states.amazonaws.com"),
        ("elasticmapreduce.amazonaws.com", "elasticmapreduce.amazonaws.com"),
    ],
)
def test_a_service_has_one_name_in_all_regions_and_partitions(principal: str, service: str) -> None:
    assert service_of(principal) == service
