"""The reader that one would write first: boto3, a client for each account, every page and every key.

It reads what the job's collection reads, so that the job's wall and CPU time can be compared with it.
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import TYPE_CHECKING

import boto3
import orjson
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_iam.literals import EntityTypeType
    from mypy_boto3_sts import STSClient

WORKERS = 32
#: AWS's own policies are the same everywhere; leaving them out is the first thing one would think of.
KINDS: list[EntityTypeType] = ["User", "Role", "Group", "LocalManagedPolicy"]


def read_account(sts: STSClient, lock: Lock, account_id: str, role: str) -> int:
    """Read one account with a client of its own; how many active keys it has."""
    iam = _client(sts, lock, f"arn:aws:iam::{account_id}:role/{role}")
    while iam.generate_credential_report()["State"] != "COMPLETE":
        time.sleep(1)
    iam.get_credential_report()
    pages = iam.get_paginator("get_account_authorization_details").paginate(Filter=KINDS)
    users = [user["UserName"] for page in pages for user in page["UserDetailList"]]
    return sum(_active_keys(iam, user) for user in users)


def _client(sts: STSClient, lock: Lock, role_arn: str) -> IAMClient:
    assumed = sts.assume_role(RoleArn=role_arn, RoleSessionName="plain-reader")["Credentials"]
    with lock:
        return boto3.client(
            "iam",
            aws_access_key_id=assumed["AccessKeyId"],
            aws_secret_access_key=assumed["SecretAccessKey"],
            aws_session_token=assumed["SessionToken"],
        )


def _active_keys(iam: IAMClient, user: str) -> int:
    active = 0
    for page in iam.get_paginator("list_access_keys").paginate(UserName=user):
        for key in page["AccessKeyMetadata"]:
            iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
            active += key["Status"] == "Active"
    return active


def main() -> None:
    """Read the accounts of a metadata file and print how many active keys there are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("organization")
    parser.add_argument("--role", default="iam-access-key-report-reader")
    given = parser.parse_args()
    with open(given.organization, "rb") as file:  # noqa: PTH123 - one read
        accounts = [each["Id"] for each in orjson.loads(file.read())["Accounts"]]
    sts = boto3.client("sts", config=Config(max_pool_connections=WORKERS))
    lock = Lock()
    with ThreadPoolExecutor(WORKERS) as pool:
        print(sum(pool.map(lambda each: read_account(sts, lock, each, given.role), accounts)))


if __name__ == "__main__":
    main()
