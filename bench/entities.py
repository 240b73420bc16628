"""Each account's users, groups, roles and policies, as authorization details hold them, in JSON and in XML.

What repeats over accounts is rendered once with placeholders; an account only fills them in.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote
from xml.sax.saxutils import escape

from bench import policies
from bench.policies import Document
from bench.roles import APPLICATION_ROLES, Entity, attachment, roles
from bench.world import DAY, EPOCH, AccountSeed, UserSeed, World, iso

USERS, GROUPS, ROLES, POLICIES = "UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"
#: Keys whose values are policy documents, which the query protocol sends as URL-encoded JSON.
DOCUMENT_KEYS = {"Document", "PolicyDocument", "AssumeRolePolicyDocument"}


def to_xml(name: str, value: object, indent: str = "        ") -> str:
    """One value of an answer in the query protocol, laid out as IAM does."""
    if name in DOCUMENT_KEYS:
        return f"{indent}<{name}>{quote(json.dumps(value), safe='')}</{name}>\n"
    if isinstance(value, dict):
        inner = "".join(to_xml(str(key), each, indent + "  ") for key, each in value.items())
        return f"{indent}<{name}>\n{inner}{indent}</{name}>\n"
    if isinstance(value, list | tuple):
        inner = "".join(to_xml("member", each, indent + "  ") for each in value)
        return f"{indent}<{name}>\n{inner}{indent}</{name}>\n" if value else f"{indent}<{name}/>\n"
    text = str(value).lower() if isinstance(value, bool) else escape(str(value))
    return f"{indent}<{name}>{text}</{name}>\n"


@dataclass(frozen=True, slots=True)
class Template:
    """An entity with placeholders, in both forms."""

    list_name: str
    xml: str
    json: str
    attached: tuple[str, ...]
    aws_managed: bool

    @classmethod
    def of(cls, list_name: str, entity: Entity) -> Template:
        """Render one entity."""
        attached = entity.get("AttachedManagedPolicies", ())
        assert isinstance(attached, list | tuple)  # noqa: S101 - narrows what this module itself wrote
        return cls(
            list_name,
            to_xml("member", entity, "      "),
            json.dumps(entity),
            tuple(str(each["PolicyArn"]) for each in attached),
            str(entity["Arn"]).startswith("arn:aws:iam::aws:policy/"),
        )


@dataclass(frozen=True, slots=True)
class Instance:
    """A template in one account."""

    template: Template
    account_id: str
    serial: str

    @property
    def list_name(self) -> str:
        """Which list of the answer it belongs to."""
        return self.template.list_name

    @property
    def xml(self) -> str:
        """Its XML with the account's names filled in."""
        return self.template.xml.replace("ACCOUNTID", self.account_id).replace("SERIAL", self.serial)

    @property
    def json(self) -> str:
        """Its JSON with the account's names filled in."""
        return self.template.json.replace("ACCOUNTID", self.account_id).replace("SERIAL", self.serial)


class Entities:
    """The identities of every account of a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._users: dict[tuple[object, ...], Template] = {}

    def of(self, account: AccountSeed, *, aws_managed: bool = True) -> list[Instance]:
        """Everything in one account, in the order of its details."""
        instances = [Instance(self._user(user), account.id, str(user.serial)) for user in account.users]
        instances += [Instance(group, account.id, "0") for group in self.groups]
        instances += [Instance(self._role(each), account.id, str(each)) for each in range(account.roles)]
        instances += [Instance(self.local, account.id, str(each)) for each in range(account.policies)]
        instances.append(Instance(self.boundary, account.id, "0"))
        if aws_managed:
            arns = sorted({arn for each in instances for arn in each.template.attached})
            instances += [
                Instance(self.aws_managed[arn], account.id, "0") for arn in arns if arn in self.aws_managed
            ]
        return instances

    @cached_property
    def aws_managed(self) -> dict[str, Template]:
        """The AWS managed policies by ARN."""
        return {arn: Template.of(POLICIES, policy) for arn, policy in self.world.managed_policies.items()}

    @cached_property
    def groups(self) -> tuple[Template, ...]:
        """Three groups that every account has."""
        attached = ("job-function/ViewOnlyAccess", "AmazonS3ReadOnlyAccess", "AdministratorAccess")
        return tuple(
            Template.of(
                GROUPS,
                {
                    "Path": "/",
                    "GroupName": f"group-{serial}",
                    "GroupId": f"AGPA{serial:016d}",
                    "Arn": f"arn:aws:iam::ACCOUNTID:group/group-{serial}",
                    "CreateDate": iso(EPOCH - 900 * DAY),
                    "GroupPolicyList": []
                    if serial
                    else [{"PolicyName": "mfa", "PolicyDocument": policies.MFA_SELF}],
                    "AttachedManagedPolicies": [attachment(f"arn:aws:iam::aws:policy/{name}")],
                },
            )
            for serial, name in enumerate(attached)
        )

    @cached_property
    def roles(self) -> tuple[Template, ...]:
        """The roles that accounts have, the common ones first."""
        return tuple(Template.of(ROLES, role) for role in roles(self.world.management_id))

    @cached_property
    def local(self) -> Template:
        """A customer managed policy with two versions."""
        return Template.of(
            POLICIES,
            _policy("app-policy-SERIAL", {"v2": policies.TASK_DATA, "v1": policies.PIPELINE}),
        )

    @cached_property
    def boundary(self) -> Template:
        """The permissions boundary of some users."""
        return Template.of(POLICIES, _policy("boundary", {"v1": policies.BOUNDARY}))

    def _role(self, serial: int) -> Template:
        """Every account has the common roles once and then as many applications' roles as it has."""
        common = len(self.roles) - APPLICATION_ROLES
        return self.roles[serial if serial < common else common + (serial - common) % APPLICATION_ROLES]

    def _user(self, user: UserSeed) -> Template:
        shape = (user.name, user.path, user.created, user.inline, user.attached, user.groups, user.boundary)
        if (found := self._users.get(shape)) is None:
            found = Template.of(USERS, _user(user))
            if len(self._users) < 20_000:
                self._users[shape] = found
        return found


def _policy(name: str, versions: dict[str, Document]) -> Entity:
    created = iso(EPOCH - 400 * DAY)
    return {
        "PolicyName": name,
        "PolicyId": f"ANPA{name.upper()[:10]:A<17}",
        "Arn": f"arn:aws:iam::ACCOUNTID:policy/{name}",
        "Path": "/",
        "DefaultVersionId": next(iter(versions)),
        "AttachmentCount": 1,
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "CreateDate": created,
        "UpdateDate": created,
        "PolicyVersionList": [
            {
                "Document": text,
                "VersionId": version,
                "IsDefaultVersion": version == next(iter(versions)),
                "CreateDate": created,
            }
            for version, text in versions.items()
        ],
    }


def _user(user: UserSeed) -> Entity:
    entity: Entity = {
        "Path": user.path,
        "UserName": user.name,
        "UserId": f"AIDA{user.created % 10**8:08d}{user.serial:09d}",
        "Arn": f"arn:aws:iam::ACCOUNTID:user{user.path}{user.name}",
        "CreateDate": iso(user.created),
    }
    if user.inline is not None:
        name, text = policies.USER_INLINE[user.inline]
        entity["UserPolicyList"] = [{"PolicyName": name, "PolicyDocument": text}]
    entity["GroupList"] = list(user.groups)
    entity["AttachedManagedPolicies"] = [attachment(arn) for arn in dict.fromkeys(user.attached)]
    if user.boundary:
        entity["PermissionsBoundary"] = {
            "PermissionsBoundaryType": "Policy",
            "PermissionsBoundaryArn": "arn:aws:iam::ACCOUNTID:policy/boundary",
        }
    entity["Tags"] = [{"Key": "team", "Value": f"team {user.serial}"}]
    return entity
