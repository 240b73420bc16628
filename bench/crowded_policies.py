"""The customer managed, inline, boundary and organization policies of the crowded organization."""

from __future__ import annotations

from collections.abc import Mapping

from bench.policies import (
    BUCKET_WRITER,
    MFA_SELF,
    PIPELINE,
    TASK_DATA,
    Document,
    document,
    statement,
)

FULL = document(statement("Allow", "*", "*"))
IAM_WRITES = [
    *("iam:Add*", "iam:Attach*", "iam:Create*", "iam:Delete*", "iam:Detach*", "iam:Put*", "iam:Remove*"),
    *("iam:Set*", "iam:Update*", "iam:Upload*"),
]
OWN_USER = "arn:aws:iam::*:user/*${aws:username}"
OFFICE = {"aws:SourceIp": ["192.0.2.0/24", "198.51.100.0/25", "2001:db8:12::/48"]}
SAME_TEAM = {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}

DENY_IAM_WRITES = document(
    {"Sid": "Reads", **statement("Allow", ["iam:Get*", "iam:List*"], "*")},
    {
        "Sid": "OnlyBreakGlassWrites",
        **statement("Deny", IAM_WRITES, "*"),
        "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/break-glass"}},
    },
)
DEVELOPER = document(
    statement("Allow", ["lambda:*", "logs:*", "sqs:*", "sns:*", "ecr:*", "cloudwatch:*"], "*"),
    statement("Allow", "s3:*", ["arn:aws:s3:::app-ACCOUNTID-*", "arn:aws:s3:::app-ACCOUNTID-*/*"]),
    statement(
        "Allow",
        "iam:PassRole",
        "arn:aws:iam::ACCOUNTID:role/app-*",
        Condition={"StringEquals": {"iam:PassedToService": ["lambda.amazonaws.com", "ec2.amazonaws.com"]}},
    ),
    statement("Deny", [*IAM_WRITES, "organizations:*", "account:*"], "*"),
)
DATA_READER = document(
    statement(
        "Allow",
        ["s3:GetObject", "s3:ListBucket", "dynamodb:Query", "dynamodb:GetItem", "rds-db:connect"],
        "*",
        Condition={
            "StringEquals": {"aws:RequestedRegion": ["eu-central-1", "eu-west-1"], **SAME_TEAM},
            "IpAddress": OFFICE,
            "DateLessThan": {"aws:CurrentTime": "2027-06-30T00:00:00Z"},
        },
    ),
    statement(
        "Allow",
        ["kms:Decrypt", "secretsmanager:GetSecretValue"],
        "*",
        Condition={
            "StringLike": {"kms:ViaService": "s3.*.amazonaws.com"},
            "Null": {"aws:PrincipalTag/team": "false"},
        },
    ),
)
OPERATOR = document(
    statement("Allow", ["ec2:*", "rds:*", "ssm:*", "autoscaling:*", "elasticloadbalancing:*"], "*"),
    {
        "Sid": "OtherTeams",
        **statement("Deny", ["ec2:Terminate*", "ec2:Stop*", "rds:Delete*", "ssm:SendCommand"], "*"),
        "Condition": {
            "StringNotEquals": SAME_TEAM,
            "Null": {"aws:ResourceTag/team": "false"},
        },
    },
    {
        "Sid": "OutsideOffice",
        **statement("Deny", ["ssm:StartSession", "rds:ModifyDBInstance"], "*"),
        "Condition": {"NotIpAddress": OFFICE, "Bool": {"aws:ViaAWSService": "false"}},
    },
)
OWN_KEYS = document(
    statement("Allow", ["iam:*AccessKey*", "iam:*LoginProfile", "iam:*MFADevice", "iam:GetUser"], OWN_USER),
    statement("Allow", ["iam:ListUsers", "iam:ListVirtualMFADevices"], "*"),
)
HELP_DESK = document(
    statement(
        "Allow",
        ["iam:CreateLoginProfile", "iam:UpdateLoginProfile", "iam:DeactivateMFADevice"],
        "arn:aws:iam::ACCOUNTID:user/people/*",
        Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}, "IpAddress": OFFICE},
    ),
    statement("Deny", "iam:*", "arn:aws:iam::ACCOUNTID:user/people/ci-*"),
)
ENTER_TEAM = document(statement("Allow", "sts:AssumeRole", "arn:aws:iam::ACCOUNTID:role/team-*"))
ENTER_SHARED = document(
    statement("Allow", ["sts:AssumeRole", "sts:TagSession"], "arn:aws:iam::*:role/shared-*")
)
ENTER_CHAIN = document(statement("Allow", "sts:AssumeRole", "arn:aws:iam::*:role/chain-first*"))
PIPELINE_WITH_ROLES = document(
    statement("Allow", ["cloudformation:*", "codebuild:*", "codepipeline:*", "s3:*"], "*"),
    statement("Allow", "iam:PassRole", ["arn:aws:iam::ACCOUNTID:role/deploy-*"]),
    statement("Allow", ["iam:CreateRole", "iam:PutRolePolicy"], "arn:aws:iam::ACCOUNTID:role/deploy-*"),
    statement("Deny", ["iam:CreateUser", "iam:CreateAccessKey"], "*"),
)
BOUNDARY_DEVELOPER = document(
    statement("Allow", ["s3:*", "dynamodb:*", "logs:*", "lambda:*", "sqs:*", "ec2:*", "iam:Get*"], "*"),
    {**statement("Allow", "sts:AssumeRole", "arn:aws:iam::*:role/team-*"), "Sid": "Teams"},
    statement("Deny", IAM_WRITES, "*"),
)
BOUNDARY_NOT_IAM = document(
    {
        "Effect": "Allow",
        "NotAction": ["iam:*", "organizations:*", "account:*", "kms:*", "sts:*"],
        "NotResource": ["arn:aws:s3:::audit-*", "arn:aws:s3:::*-logs/*"],
    }
)

#: Versions by customer managed policy; the first is the one in force.
VERSIONS: Mapping[str, Mapping[str, Document]] = {
    "developer": {"v4": DEVELOPER, "v3": PIPELINE, "v2": FULL, "v1": TASK_DATA},
    "data-reader": {"v2": DATA_READER, "v1": TASK_DATA},
    "operator": {"v3": OPERATOR, "v2": DENY_IAM_WRITES, "v1": PIPELINE},
    "deny-iam-writes": {"v1": DENY_IAM_WRITES},
    "own-keys": {"v2": OWN_KEYS, "v1": HELP_DESK},
    "help-desk": {"v1": HELP_DESK},
    "enter-team": {"v2": ENTER_TEAM, "v1": ENTER_SHARED},
    "enter-shared": {"v1": ENTER_SHARED},
    "enter-chain": {"v1": ENTER_CHAIN},
    "pipeline": {"v3": PIPELINE_WITH_ROLES, "v2": PIPELINE, "v1": FULL},
    "boundary-developer": {"v2": BOUNDARY_DEVELOPER, "v1": FULL},
    "boundary-not-iam": {"v1": BOUNDARY_NOT_IAM},
}

INLINE: Mapping[str, Document] = {
    "upload": BUCKET_WRITER,
    "app-data": TASK_DATA,
    "own-table": document(
        statement(
            "Allow", ["dynamodb:GetItem", "dynamodb:PutItem"], "arn:aws:dynamodb:*:ACCOUNTID:table/SERIAL-*"
        ),
        statement("Deny", "dynamodb:*", "arn:aws:dynamodb:*:ACCOUNTID:table/SERIAL-secret"),
    ),
    "mfa": MFA_SELF,
    "tagged-buckets": document(
        statement("Allow", "s3:*", "*", Condition={"StringEquals": SAME_TEAM}),
        statement("Deny", "s3:*", "*", Condition={"StringEquals": {"aws:ResourceTag/class": "secret"}}),
    ),
    "any-policy": document(statement("Allow", ["iam:PutUserPolicy", "iam:GetUserPolicy"], OWN_USER)),
    "versions": document(
        statement("Allow", "iam:SetDefaultPolicyVersion", "arn:aws:iam::ACCOUNTID:policy/*")
    ),
    "attach-some": document(
        statement(
            "Allow",
            "iam:AttachUserPolicy",
            OWN_USER,
            Condition={"ArnLike": {"iam:PolicyARN": "arn:aws:iam::aws:policy/Amazon*"}},
        )
    ),
    "windows": document(
        statement(
            "Allow",
            ["rds:StartExportTask", "rds:ModifyDBInstance", "s3:GetObject"],
            "*",
            Condition={
                "DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"},
                "NumericLessThanEquals": {"s3:max-keys": "100"},
                "StringNotLike": {"aws:UserAgent": ["*curl*", "*boto*"]},
                "IpAddress": OFFICE,
            },
        )
    ),
}

GUARDED_REGIONS = document(
    {
        "Sid": "OnlyEurope",
        "Effect": "Deny",
        "NotAction": ["iam:*", "sts:*", "organizations:*", "route53:*", "support:*", "cloudfront:*"],
        "Resource": "*",
        "Condition": {
            "StringNotEquals": {"aws:RequestedRegion": ["eu-central-1", "eu-west-1", "us-east-1"]},
            "ArnNotLike": {"aws:PrincipalArn": ["arn:aws:iam::*:role/break-glass"]},
        },
    }
)
PROTECTED = document(
    statement("Deny", ["organizations:LeaveOrganization", "account:CloseAccount"], "*"),
    statement("Deny", ["cloudtrail:StopLogging", "cloudtrail:DeleteTrail", "guardduty:Delete*"], "*"),
    statement("Deny", ["s3:PutBucketPolicy", "s3:DeleteBucket"], "arn:aws:s3:::audit-*"),
)
NO_USERS = document(
    statement(
        "Deny",
        ["iam:CreateUser", "iam:CreateAccessKey", "iam:CreateLoginProfile"],
        "*",
        Condition={
            "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/break-glass"},
            "StringNotEquals": {"aws:PrincipalTag/team": "identity"},
        },
    )
)
SANDBOX = document(
    statement("Allow", ["s3:*", "ec2:*", "lambda:*", "dynamodb:*", "rds:*", "iam:*", "sts:*", "logs:*"], "*")
)
OWN_ORGANIZATION = document(
    {
        **statement("Deny", ["s3:*", "sts:AssumeRole", "kms:*", "secretsmanager:*", "sqs:*"], "*"),
        "Principal": "*",
        "Condition": {
            "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-benchmark01"},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        },
    }
)
ENCRYPTED = document(
    {
        **statement("Deny", "s3:*", "*"),
        "Principal": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    },
    {
        **statement("Deny", "s3:PutObject", "*"),
        "Principal": "*",
        "Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}},
    },
)
