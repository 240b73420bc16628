"""One giant account: 2,000 users, 500 roles, 300 users who may administer IAM, each in one of ten ways."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bench import crowded_policies
from bench.crowded import DENYING, crowded_stock
from bench.policies import Document, document, statement
from bench.seeds import DAY, EPOCH, NAMES, AccountSeed, Draw, UserSeed, made_key
from bench.stock import Stock, policy

USERS, IAM_USERS, ROLES, POLICIES = 2_000, 300, 500, 60
_OWN = "arn:aws:iam::ACCOUNTID"
#: What most users have, by the policies' names or the ends of their ARNs.
_ATTACHED = (
    "AmazonS3ReadOnlyAccess",
    "job-function/ViewOnlyAccess",
    "AmazonEC2ReadOnlyAccess",
    "AmazonRDSFullAccess",
    "AmazonS3FullAccess",
    "IAMUserChangePassword",
)
_GROUPS = ("readers", "developers", "operators", "data", "auditors", "with-mfa")

#: Ways to administer IAM; SERIAL is the user's own number.
IAM_WAYS: Mapping[str, Document] = {
    "iam-but": document(
        statement("Allow", "iam:*", "*"),
        statement("Deny", ["iam:*User", "iam:*AccessKey"], f"{_OWN}:user/people/*"),
        statement("Deny", ["iam:Attach*", "iam:Put*Policy", "iam:CreatePolicyVersion"], "*"),
    ),
    "user-policies": document(statement("Allow", "iam:PutUserPolicy", "*")),
    "role-policies": document(
        statement("Allow", "iam:AttachRolePolicy", [f"{_OWN}:role/app-*", f"{_OWN}:role/team-*"]),
        statement("Allow", "sts:AssumeRole", f"{_OWN}:role/team-*"),
    ),
    "trusts": document(
        statement("Allow", ["iam:UpdateAssumeRolePolicy", "sts:AssumeRole"], f"{_OWN}:role/*"),
        statement("Deny", "iam:UpdateAssumeRolePolicy", f"{_OWN}:role/chain-*"),
    ),
    "versions": document(
        statement("Allow", "iam:CreatePolicyVersion", f"{_OWN}:policy/app-policy-*"),
        statement("Deny", "iam:CreatePolicyVersion", f"{_OWN}:policy/app-policy-SERIAL"),
    ),
    "functions": document(
        statement("Allow", "iam:PassRole", f"{_OWN}:role/app-*"),
        statement("Allow", ["lambda:CreateFunction", "lambda:InvokeFunction"], "*"),
    ),
    "members": document(statement("Allow", ["iam:AddUserToGroup", "iam:RemoveUserFromGroup"], "*")),
    "keys-of-others": document(
        statement("Allow", ["iam:CreateAccessKey", "iam:DeleteAccessKey"], f"{_OWN}:user/*"),
        statement("Deny", "iam:CreateAccessKey", f"{_OWN}:user/people/*"),
    ),
    "bounded-roles": document(
        statement(
            "Allow",
            ["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"],
            f"{_OWN}:role/deploy-*",
            Condition={"ArnEquals": {"iam:PermissionsBoundary": f"{_OWN}:policy/boundary-developer"}},
        ),
        statement("Allow", "iam:PassRole", f"{_OWN}:role/deploy-*"),
    ),
    "own-policies": document(
        statement(
            "Allow",
            ["iam:AttachUserPolicy", "iam:DetachUserPolicy"],
            f"{_OWN}:user/*${{aws:username}}",
            Condition={"ArnLike": {"iam:PolicyARN": [f"{_OWN}:policy/app-policy-1*", f"{_OWN}:policy/op*"]}},
        ),
        statement("Allow", "iam:SetDefaultPolicyVersion", f"{_OWN}:policy/app-policy-1*"),
    ),
}
_OWN_DATA = document(
    statement("Allow", ["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::data-SERIAL/*"),
    statement("Deny", "s3:GetObject", "arn:aws:s3:::data-SERIAL/secret/*"),
)


def giant_account(draw: Draw) -> AccountSeed:
    """The account; it has the organization's first place."""
    return AccountSeed(
        id=draw.account_id,
        users=tuple(_user(draw, serial) for serial in range(USERS)),
        roles=ROLES,
        policies=POLICIES,
        root_keys=draw.root_keys(),
        cached_report=False,
    )


def giant_admin_access(user: UserSeed) -> str | None:
    """What `admin_access` must say of a user by how it was made; None where that takes an analysis."""
    if user.boundary is not None:
        return None
    if any(each.endswith("/AdministratorAccess") for each in user.attached):
        return "direct" if not {*user.groups} & DENYING and user.inline in {(), ("own-data",)} else None
    return "escalates" if "user-policies" in user.inline else None


def _user(draw: Draw, serial: int) -> UserSeed:
    chosen = draw.chosen
    may_administer = serial < IAM_USERS
    way = tuple(IAM_WAYS)[serial % len(IAM_WAYS)]
    return UserSeed(
        name=f"{NAMES[serial % len(NAMES)]}-{serial}",
        path="/" if serial % 4 else "/people/",
        serial=serial,
        created=EPOCH - chosen.randint(10, 3000) * DAY,
        keys=(made_key(chosen, draw.place, serial, 0),),
        inline=(*((way,) if may_administer else ()), *(("own-data",) if chosen.random() < 0.6 else ())),
        attached=tuple(_attached(draw, serial)),
        groups=() if may_administer else tuple(each for each in _GROUPS if chosen.random() < 0.2),
        boundary=f"{_OWN}:policy/boundary-developer" if serial % 40 == 39 else None,
        password=chosen.random() < 0.5,
        mfa=chosen.random() < 0.4,
        unreported=False,
    )


def _attached(draw: Draw, serial: int) -> Iterator[str]:
    for each in draw.chosen.sample(_ATTACHED, draw.chosen.randint(0, 3)):
        yield f"arn:aws:iam::aws:policy/{each}"
    if serial >= IAM_USERS:
        yield f"{_OWN}:policy/app-policy-{serial % POLICIES}"
    if serial % 100 == 99:
        yield "arn:aws:iam::aws:policy/AdministratorAccess"


def giant_stock(hub: str) -> Stock:
    """The stock of the crowded organization; each numbered policy names resources of its own."""
    crowded = crowded_stock(hub)
    own = document(
        statement("Allow", ["s3:Get*", "s3:List*"], "arn:aws:s3:::app-SERIAL-*"),
        statement("Allow", "dynamodb:*", "arn:aws:dynamodb:*:ACCOUNTID:table/app-SERIAL"),
    )
    return Stock(
        groups=crowded.groups,
        common_roles=crowded.common_roles,
        application_roles=crowded.application_roles,
        common_policies=crowded.common_policies,
        numbered_policies=(policy("app-policy-SERIAL", {"v2": own, "v1": crowded_policies.OPERATOR}),),
        inline={**IAM_WAYS, "own-data": _OWN_DATA},
    )
