"""The policies of the made-up accounts: AWS's own managed ones and the documents that real accounts repeat.

Documents hold the placeholders `ACCOUNTID` and `SERIAL`, replaced in the finished text, so that each document
is rendered once however many accounts have it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import TypeAlias
from zlib import crc32

from moto.iam.aws_managed_policies import aws_managed_policies_data

Document: TypeAlias = dict[str, object]

COMMON_AWS_POLICIES = (
    "AmazonSSMManagedInstanceCore",
    "CloudWatchAgentServerPolicy",
    "ReadOnlyAccess",
    "AdministratorAccess",
    "PowerUserAccess",
    "SecurityAudit",
    "job-function/ViewOnlyAccess",
    "service-role/AWSLambdaBasicExecutionRole",
    "service-role/AWSLambdaVPCAccessExecutionRole",
    "service-role/AmazonECSTaskExecutionRolePolicy",
    "AmazonS3FullAccess",
    "AmazonS3ReadOnlyAccess",
    "AmazonEC2ReadOnlyAccess",
    "AmazonEC2FullAccess",
    "AmazonDynamoDBFullAccess",
    "AmazonDynamoDBReadOnlyAccess",
    "AmazonRDSReadOnlyAccess",
    "AmazonRDSFullAccess",
    "AmazonSQSFullAccess",
    "AmazonSNSFullAccess",
    "CloudWatchLogsFullAccess",
    "CloudWatchReadOnlyAccess",
    "IAMUserChangePassword",
    "IAMReadOnlyAccess",
    "AmazonEC2ContainerRegistryReadOnly",
    "AmazonEC2ContainerRegistryPowerUser",
    "AWSCloudFormationFullAccess",
    "AWSCodeCommitPowerUser",
    "AmazonEKSClusterPolicy",
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
    "job-function/Billing",
    "SecretsManagerReadWrite",
    "AmazonSESFullAccess",
    "AWSKeyManagementServicePowerUser",
    "service-role/AWSConfigRole",
    "service-role/AWS_ConfigRole",
    "service-role/AmazonEC2SpotFleetTaggingRole",
    "service-role/AWSGlueServiceRole",
    "AmazonAthenaFullAccess",
    "AmazonKinesisFullAccess",
    "AWSStepFunctionsFullAccess",
    "AmazonEventBridgeFullAccess",
    "AmazonRoute53FullAccess",
    "AWSBackupFullAccess",
    "AmazonRedshiftReadOnlyAccess",
    "AWSXRayDaemonWriteAccess",
    "AmazonBedrockFullAccess",
    "AWSOrganizationsReadOnlyAccess",
    "job-function/SystemAdministrator",
    "aws-service-role/AWSSupportServiceRolePolicy",
    "aws-service-role/AWSTrustedAdvisorServiceRolePolicy",
    "aws-service-role/AmazonGuardDutyServiceRolePolicy",
    "aws-service-role/AWSConfigServiceRolePolicy",
    "aws-service-role/AmazonECSServiceRolePolicy",
    "aws-service-role/AWSOrganizationsServiceTrustPolicy",
    "aws-service-role/AutoScalingServiceRolePolicy",
    "aws-service-role/AWSElasticLoadBalancingServiceRolePolicy",
    "aws-service-role/AmazonRDSServiceRolePolicy",
    "aws-service-role/AWSSSOServiceRolePolicy",
    "aws-service-role/CloudTrailServiceRolePolicy",
    "aws-service-role/AccessAnalyzerServiceRolePolicy",
)


@cache
def aws_managed_policies(
    names: tuple[str, ...] = COMMON_AWS_POLICIES,
) -> dict[str, dict[str, object]]:
    """AWS managed policies by ARN, whole, as GetAccountAuthorizationDetails lists them."""
    every = json.loads(aws_managed_policies_data)
    found = {}
    for wanted in names:
        name = wanted.rpartition("/")[2]
        if name in every:
            policy = _managed(name, every[name])
            found[str(policy["Arn"])] = policy
    return found


def _managed(name: str, data: dict[str, object]) -> dict[str, object]:
    path = str(data.get("Path", "/"))
    version = str(data["DefaultVersionId"])
    created = str(data["CreateDate"]).replace("+00:00", "Z")
    return {
        "PolicyName": name,
        "PolicyId": f"ANPA{crc32(name.encode()):016d}",
        "Arn": f"arn:aws:iam::aws:policy{path}{name}",
        "Path": path,
        "DefaultVersionId": version,
        "AttachmentCount": 1,
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "CreateDate": created,
        "UpdateDate": str(data["UpdateDate"]).replace("+00:00", "Z"),
        "PolicyVersionList": [
            {
                "Document": data["Document"],
                "VersionId": version,
                "IsDefaultVersion": True,
                "CreateDate": created,
            },
        ],
    }


def statement(effect: str, action: object, resource: object, **more: object) -> Document:
    """One policy statement."""
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def document(*statements: Document) -> Document:
    """A policy document of the current language version."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def trust(principal: object, action: object = "sts:AssumeRole", **more: object) -> Document:
    """A role's trust policy for one principal."""
    return document({"Effect": "Allow", "Principal": principal, "Action": action, **more})


def service_trust(service: str) -> Document:
    """The trust policy of a role that an AWS service takes on."""
    return trust({"Service": f"{service}.amazonaws.com"})


SAML_TRUST = trust(
    {"Federated": "arn:aws:iam::ACCOUNTID:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE"},
    ["sts:AssumeRoleWithSAML", "sts:TagSession"],
    Condition={"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
)
OIDC_TRUST = trust(
    {"Federated": "arn:aws:iam::ACCOUNTID:oidc-provider/token.actions.githubusercontent.com"},
    "sts:AssumeRoleWithWebIdentity",
    Condition={
        "StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
        "StringLike": {"token.actions.githubusercontent.com:sub": "repo:example/service-SERIAL:*"},
    },
)
ACCOUNT_TRUST = trust({"AWS": "arn:aws:iam::ACCOUNTID:root"})
HUB_TRUST = trust(
    {"AWS": "arn:aws:iam::HUBID:root"},
    Condition={"StringEquals": {"aws:PrincipalOrgID": "o-benchmark01"}},
)

LAMBDA_LOGS = document(
    statement("Allow", "logs:CreateLogGroup", "arn:aws:logs:eu-central-1:ACCOUNTID:*"),
    statement(
        "Allow",
        ["logs:CreateLogStream", "logs:PutLogEvents"],
        ["arn:aws:logs:eu-central-1:ACCOUNTID:log-group:/aws/lambda/function-SERIAL:*"],
    ),
)
TASK_DATA = document(
    statement(
        "Allow",
        ["s3:GetObject", "s3:PutObject", "s3:ListBucket"],
        ["arn:aws:s3:::app-ACCOUNTID-SERIAL", "arn:aws:s3:::app-ACCOUNTID-SERIAL/*"],
    ),
    statement(
        "Allow",
        ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"],
        "arn:aws:dynamodb:eu-central-1:ACCOUNTID:table/app-SERIAL",
    ),
    statement(
        "Allow", "kms:Decrypt", "*", Condition={"StringEquals": {"kms:ViaService": "s3.amazonaws.com"}}
    ),
)
PIPELINE = document(
    statement("Allow", ["cloudformation:*", "s3:*", "lambda:*", "logs:*"], "*"),
    statement(
        "Allow",
        "iam:PassRole",
        "arn:aws:iam::ACCOUNTID:role/app-*",
        Condition={"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
    ),
    statement("Deny", ["iam:CreateUser", "iam:CreateAccessKey"], "*"),
)
BUCKET_WRITER = document(statement("Allow", ["s3:PutObject"], "arn:aws:s3:::logs-ACCOUNTID/*"))
ASSUME_HUB = document(statement("Allow", "sts:AssumeRole", "arn:aws:iam::*:role/app-*"))
MFA_SELF = document(
    statement("Allow", ["iam:ChangePassword", "iam:GetUser"], "arn:aws:iam::*:user/${aws:username}"),
    {
        "Sid": "DenyAllExceptListedIfNoMFA",
        "Effect": "Deny",
        "NotAction": ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "sts:GetSessionToken"],
        "Resource": "*",
        "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
    },
)
BOUNDARY = document(
    statement("Allow", ["s3:*", "dynamodb:*", "logs:*", "lambda:*", "sqs:*"], "*"),
    statement("Deny", "iam:*", "*"),
)

EASY_INLINE: Mapping[str, Document] = {
    "upload": BUCKET_WRITER,
    "app-data": TASK_DATA,
    "assume-roles": ASSUME_HUB,
    "deploy": PIPELINE,
    "credentials": document(statement("Allow", ["iam:CreateAccessKey", "iam:ListUsers"], "*")),
}
