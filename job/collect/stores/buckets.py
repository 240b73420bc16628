"""Reads the buckets of an account, wherever they are.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from job.collect.member import Member
from job.collect.stores.config_items import BUCKET
from job.collect.stores.store_reader import Description, Part, Record, StoreReader, merged

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# A Region is told only where the request names a page's size.
_PAGE = 1000


def _policy(s3: S3Client, bucket: Record) -> str:
    return s3.get_bucket_policy(Bucket=bucket["Name"])["Policy"]


def _tags(s3: S3Client, bucket: Record) -> list[Any]:
    return list(s3.get_bucket_tagging(Bucket=bucket["Name"])["TagSet"])


def _encryption(s3: S3Client, bucket: Record) -> Record:
    return {**s3.get_bucket_encryption(Bucket=bucket["Name"])["ServerSideEncryptionConfiguration"]}


def _ownership(s3: S3Client, bucket: Record) -> Record:
    return {**s3.get_bucket_ownership_controls(Bucket=bucket["Name"])["OwnershipControls"]}


_DESCRIPTION: Description[S3Client] = Description(
    parts=(
        Part(name="Policy", step="GetBucketPolicy", ask=_policy, absent=frozenset({"NoSuchBucketPolicy"})),
        Part(name="Tags", step="GetBucketTagging", ask=_tags, absent=frozenset({"NoSuchTagSet"})),
        Part(
            name="Encryption",
            step="GetBucketEncryption",
            ask=_encryption,
            absent=frozenset({"ServerSideEncryptionConfigurationNotFoundError"}),
        ),
        Part(
            name="OwnershipControls",
            step="GetBucketOwnershipControls",
            ask=_ownership,
            absent=frozenset({"OwnershipControlsNotFoundError"}),
        ),
    ),
    gone=frozenset({"NoSuchBucket"}),
)


def read_buckets(member: Member, reader: StoreReader) -> Record:
    """`Buckets` with policy, tags, encryption and object ownership; empty when they could not be listed.

    Each is asked about where it is: S3 answers for a bucket in its own Region alone.
    """
    clients = member.regional
    home = clients.of(clients.home).s3
    pages = home.get_paginator("list_buckets")
    listed = reader.listed(
        BUCKET,
        "ListBuckets",
        lambda: merged(pages.paginate(PaginationConfig={"PageSize": _PAGE}), "Buckets"),
    )
    if listed is None:
        return {}
    there: list[Record] = []
    gone: list[str] = []
    for bucket in listed.stores:
        region = bucket.get("BucketRegion") or clients.home
        reader.add_known(BUCKET, bucket["Name"], bucket)
        if reader.describe(clients.of(region).s3, bucket, _DESCRIPTION, region=region):
            there.append(bucket)
        else:
            gone.append(bucket["Name"])
    return {**listed.section("Buckets", there), "Gone": gone}
