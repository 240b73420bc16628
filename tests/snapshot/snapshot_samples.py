"""One account as the AWS CLI prints it, and a credential report, both written out."""

from __future__ import annotations

import orjson

from job.snapshot.model import JsonObject

ACCOUNT = "000011112222"

_HEADER = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,"
    "password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,"
    "access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,"
    "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
    "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,"
    "cert_2_active,cert_2_last_rotated,additional_credentials_info\n"
)
ROOT_ROW = (
    "<root_account>,arn:aws:iam::000011112222:root,2018-03-04T05:06:07+00:00,not_supported,"
    "2026-10-01T12:00:00+00:00,not_supported,not_supported,true,true,2019-01-02T03:04:05+00:00,"
    "2026-11-20T10:00:00+00:00,N/A,s3,false,2020-01-02T03:04:05+00:00,N/A,N/A,N/A,false,N/A,false,N/A,\n"
)
ALICE_ROW = (
    "alice,arn:aws:iam::000011112222:user/people/alice,2021-01-01T00:00:00+00:00,true,no_information,"
    "2021-01-01T00:00:00+00:00,N/A,false,true,2021-02-01T00:00:00+00:00,2026-11-19T09:00:00+00:00,"
    "eu-west-1,ec2,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A,\n"
)
BOB_ROW = (
    '"=bob,1","arn:aws:iam::000011112222:user/=bob,1",2022-01-01T00:00:00+00:00,false,N/A,N/A,N/A,true,'
    "false,2022-02-01T00:00:00+00:00,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A,\n"
)
REPORT = _HEADER + ROOT_ROW + ALICE_ROW + BOB_ROW

_ACCOUNT_FILE = orjson.dumps(
    {
        "AccountId": ACCOUNT,
        "CollectedAt": "2026-11-22T04:00:12Z",
        "AuthorizationDetails": {
            "UserDetailList": [
                {
                    "Path": "/people/",
                    "UserName": "alice",
                    "UserId": "AIDAALICE",
                    "Arn": "arn:aws:iam::000011112222:user/people/alice",
                    "CreateDate": "2021-01-01T00:00:00+00:00",
                    "UserPolicyList": [
                        {"PolicyName": "own", "PolicyDocument": {"Statement": {"Effect": "Allow"}}}
                    ],
                    "GroupList": ["staff"],
                    "AttachedManagedPolicies": [
                        {
                            "PolicyName": "ReadOnlyAccess",
                            "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
                        }
                    ],
                    "PermissionsBoundary": {
                        "PermissionsBoundaryType": "Policy",
                        "PermissionsBoundaryArn": "arn:aws:iam::000011112222:policy/fence",
                    },
                    "Tags": [{"Key": "team", "Value": "blue"}],
                }
            ],
            "GroupDetailList": [
                {
                    "Path": "/",
                    "GroupName": "staff",
                    "GroupId": "AGPASTAFF",
                    "Arn": "arn:aws:iam::000011112222:group/staff",
                    "CreateDate": "2020-01-01T00:00:00+00:00",
                    "GroupPolicyList": [{"PolicyName": "text", "PolicyDocument": '{"Statement": []}'}],
                    "AttachedManagedPolicies": [],
                }
            ],
            "RoleDetailList": [
                {
                    "Path": "/service/",
                    "RoleName": "worker",
                    "RoleId": "AROAWORKER",
                    "Arn": "arn:aws:iam::000011112222:role/service/worker",
                    "CreateDate": "2020-01-01T00:00:00+00:00",
                    "AssumeRolePolicyDocument": "%7B%22Statement%22%3A%20%5B%5D%7D",
                    "InstanceProfileList": [
                        {"Arn": "arn:aws:iam::000011112222:instance-profile/worker", "Roles": []}
                    ],
                    "RolePolicyList": [],
                    "AttachedManagedPolicies": [],
                    "Tags": [{"Key": "empty", "Value": ""}],
                    "RoleLastUsed": {},
                }
            ],
            "Policies": [
                {
                    "PolicyName": "fence",
                    "Arn": "arn:aws:iam::000011112222:policy/fence",
                    "DefaultVersionId": "v2",
                    "PolicyVersionList": [
                        {"Document": {"Version": "2"}, "VersionId": "v2", "IsDefaultVersion": True},
                        {"Document": "not JSON", "VersionId": "v1", "IsDefaultVersion": False},
                    ],
                }
            ],
        },
        "CredentialReport": {"GeneratedTime": "2026-11-22T03:59:00+00:00", "Content": REPORT},
        "AccessKeys": [
            {
                "UserName": "alice",
                "AccessKeyId": "AKIAALICE",
                "Status": "Active",
                "CreateDate": "2021-02-01T00:00:00.123Z",
                "LastUsed": {
                    "LastUsedDate": "2026-11-19T09:00:00Z",
                    "ServiceName": "ec2",
                    "Region": "eu-west-1",
                },
            },
            {
                "UserName": "=bob,1",
                "AccessKeyId": "AKIABOB",
                "Status": "Inactive",
                "CreateDate": "2022-02-01T00:00:00Z",
                "LastUsed": {
                    "UserName": "=bob,1",
                    "AccessKeyLastUsed": {"ServiceName": "N/A", "Region": "N/A"},
                },
            },
        ],
        "Failures": [],
    }
)


def account_file(**parts: object) -> JsonObject:
    """The account's file with some parts in another's place; None takes a part away."""
    document: JsonObject = orjson.loads(_ACCOUNT_FILE)
    document |= orjson.loads(orjson.dumps(parts))
    return {name: value for name, value in document.items() if value is not None}
