"""Each account's users, groups, roles and policies, as authorization details hold them, in JSON and in XML.

What repeats over accounts is rendered once with placeholders; an account only fills them in.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain, cycle, islice
from urllib.parse import quote
from xml.sax.saxutils import escape

from bench.crowded import crowded_stock
from bench.giant import giant_stock
from bench.policies import Document
from bench.roles import Entity, attachment
from bench.seeds import AccountSeed, Kind, UserSeed, iso
from bench.stock import Stock, easy_stock
from bench.world import World

STOCKS: Mapping[Kind, Callable[[str], Stock]] = {
    "easy": easy_stock,
    "crowded": crowded_stock,
    "giant": giant_stock,
}
USERS, GROUPS, ROLES, POLICIES = "UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"
#: Keys whose values are policy documents, which the query protocol sends as URL-encoded JSON.
DOCUMENT_KEYS = {"Document", "PolicyDocument", "AssumeRolePolicyDocument"}


def to_xml(name: str, value: object, indent: str = "        ") -> str:
    """One value of an answer in the query protocol, laid out as IAM does."""
    if name in DOCUMENT_KEYS:
        return f"{indent}<{name}>{_quoted(json.dumps(value))}</{name}>\n"
    if isinstance(value, dict):
        inner = "".join(to_xml(str(key), each, indent + "  ") for key, each in value.items())
        return f"{indent}<{name}>\n{inner}{indent}</{name}>\n"
    if isinstance(value, list | tuple):
        inner = "".join(to_xml("member", each, indent + "  ") for each in value)
        return f"{indent}<{name}>\n{inner}{indent}</{name}>\n" if value else f"{indent}<{name}/>\n"
    text = str(value).lower() if isinstance(value, bool) else escape(str(value))
    return f"{indent}<{name}>{text}</{name}>\n"


@lru_cache(maxsize=1_000)
def _quoted(text: str) -> str:
    return quote(text, safe="")


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
    neighbour: str

    @property
    def list_name(self) -> str:
        """Which list of the answer it belongs to."""
        return self.template.list_name

    @property
    def xml(self) -> str:
        """Its XML with the account's names filled in."""
        return self._filled(self.template.xml)

    @property
    def json(self) -> str:
        """Its JSON with the account's names filled in."""
        return self._filled(self.template.json)

    def _filled(self, text: str) -> str:
        names = {"ACCOUNTID": self.account_id, "SERIAL": self.serial, "NEIGHBOUR": self.neighbour}
        for placeholder, name in names.items():
            text = text.replace(placeholder, name)
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A stock as templates."""

    groups: tuple[Template, ...]
    common_roles: tuple[Template, ...]
    roles: tuple[Template, ...]
    common_policies: tuple[Template, ...]
    numbered_policies: tuple[Template, ...]


class Entities:
    """The identities of every account of a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._stock = STOCKS[world.kind](world.management_id)
        self._users: dict[tuple[object, ...], Template] = {}

    def of(self, account: AccountSeed, *, aws_managed: bool = True) -> list[Instance]:
        """Everything in one account, in the order of its details."""
        stock, neighbour = self.stock, self.world.neighbour(account.id)

        def instances_of(templates: Iterable[Template]) -> list[Instance]:
            return [Instance(each, account.id, str(place), neighbour) for place, each in enumerate(templates)]

        instances = [
            Instance(self._user(user), account.id, str(user.serial), neighbour) for user in account.users
        ]
        instances += instances_of(stock.groups)
        instances += instances_of(islice(chain(stock.common_roles, cycle(stock.roles)), account.roles))
        instances += instances_of(islice(cycle(stock.numbered_policies), account.policies))
        instances += instances_of(stock.common_policies)
        if aws_managed:
            arns = sorted({arn for each in instances for arn in each.template.attached})
            instances += [
                Instance(self.aws_managed[arn], account.id, "0", neighbour)
                for arn in arns
                if arn in self.aws_managed
            ]
        return instances

    @cached_property
    def stock(self) -> Rendered:
        """What every account has."""
        stock = self._stock
        return Rendered(
            groups=tuple(Template.of(GROUPS, each) for each in stock.groups),
            common_roles=tuple(Template.of(ROLES, each) for each in stock.common_roles),
            roles=tuple(Template.of(ROLES, each) for each in stock.application_roles),
            common_policies=tuple(Template.of(POLICIES, each) for each in stock.common_policies),
            numbered_policies=tuple(Template.of(POLICIES, each) for each in stock.numbered_policies),
        )

    @cached_property
    def aws_managed(self) -> dict[str, Template]:
        """The AWS managed policies by ARN."""
        return {arn: Template.of(POLICIES, policy) for arn, policy in self.world.managed_policies.items()}

    def _user(self, user: UserSeed) -> Template:
        shape = (user.name, user.path, user.created, user.inline, user.attached, user.groups, user.boundary)
        if (found := self._users.get(shape)) is None:
            found = Template.of(USERS, _user(user, self._stock.inline))
            if len(self._users) < 20_000:
                self._users[shape] = found
        return found


def _user(user: UserSeed, documents: Mapping[str, Document]) -> Entity:
    entity: Entity = {
        "Path": user.path,
        "UserName": user.name,
        "UserId": f"AIDA{user.created % 10**8:08d}{user.serial:09d}",
        "Arn": f"arn:aws:iam::ACCOUNTID:user{user.path}{user.name}",
        "CreateDate": iso(user.created),
    }
    if user.inline:
        inline = [{"PolicyName": name, "PolicyDocument": documents[name]} for name in user.inline]
        entity["UserPolicyList"] = inline
    entity["GroupList"] = list(user.groups)
    entity["AttachedManagedPolicies"] = [attachment(arn) for arn in dict.fromkeys(user.attached)]
    if user.boundary is not None:
        entity["PermissionsBoundary"] = {
            "PermissionsBoundaryType": "Policy",
            "PermissionsBoundaryArn": user.boundary,
        }
    entity["Tags"] = [{"Key": "team", "Value": f"team {user.serial}"}]
    return entity
