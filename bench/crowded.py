"""The crowded organization: as many policies, boundaries, conditions and paths between roles as life has.

Users are log-normal with a median of 4 and some hundreds in the largest accounts, with 1 to 11 policies
each: attached, by group and inline; every tenth is an administrator, one of twenty has a boundary. An account
has about 5 keys and 40 roles, every eighth with PowerUserAccess; roles lead to others, over two and three
hops and into the neighbouring account. A fifth of the keys are administrators in the end.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence

from bench import crowded_policies as documents
from bench.policies import ACCOUNT_TRUST, MFA_SELF, TASK_DATA, document, service_trust, statement, trust
from bench.roles import Entity, central_roles, role
from bench.seeds import DAY, EPOCH, NAMES, AccountSeed, Draw, UserSeed, made_key
from bench.stock import Stock, group, policy

AWS_PREFIX = "arn:aws:iam::aws:policy/"
OWN_PREFIX = "arn:aws:iam::ACCOUNTID:policy/"
ADMINISTRATOR = f"{AWS_PREFIX}AdministratorAccess"
#: AWS managed policies besides AdministratorAccess, with how often each is drawn.
AWS_MANAGED: Mapping[str, int] = {
    "PowerUserAccess": 1,
    "ReadOnlyAccess": 4,
    "job-function/ViewOnlyAccess": 5,
    "SecurityAudit": 3,
    "AmazonS3FullAccess": 4,
    "AmazonS3ReadOnlyAccess": 6,
    "AmazonEC2FullAccess": 4,
    "AmazonEC2ReadOnlyAccess": 4,
    "AmazonRDSFullAccess": 3,
    "AmazonRDSReadOnlyAccess": 3,
    "AmazonDynamoDBReadOnlyAccess": 3,
    "CloudWatchLogsFullAccess": 3,
    "IAMUserChangePassword": 4,
    "IAMReadOnlyAccess": 2,
}
OWN_MANAGED: Mapping[str, int] = {
    "developer": 5,
    "data-reader": 6,
    "operator": 4,
    "deny-iam-writes": 4,
    "own-keys": 4,
    "help-desk": 2,
    "enter-team": 4,
    "enter-shared": 2,
    "enter-chain": 1,
    "pipeline": 1,
    "app-policy-0": 5,
    "app-policy-1": 5,
}
INLINE: Mapping[str, int] = {
    "upload": 8,
    "app-data": 8,
    "own-table": 8,
    "mfa": 5,
    "tagged-buckets": 5,
    "any-policy": 1,
    "versions": 1,
    "attach-some": 2,
    "windows": 5,
}
GROUPS: Mapping[str, int] = {
    "readers": 8,
    "developers": 6,
    "operators": 4,
    "data": 4,
    "auditors": 3,
    "with-mfa": 3,
    "administrators": 1,
}
BOUNDARIES = (
    f"{OWN_PREFIX}boundary-developer",
    f"{OWN_PREFIX}boundary-not-iam",
    f"{AWS_PREFIX}ReadOnlyAccess",
    f"{AWS_PREFIX}PowerUserAccess",
)
#: Policies and groups with a Deny, which may take something from an administrator.
DENYING = frozenset(
    {
        "developer",
        "operator",
        "deny-iam-writes",
        "help-desk",
        "pipeline",
        "own-table",
        "mfa",
        "tagged-buckets",
    }
    | {"developers", "operators", "auditors", "with-mfa"}
)
#: Policies and groups that change nothing but one bucket's objects and enter no role.
LEADS_NOWHERE = frozenset(
    {"AmazonS3ReadOnlyAccess", "AmazonEC2ReadOnlyAccess", "AmazonDynamoDBReadOnlyAccess", "ViewOnlyAccess"}
    | {"data-reader", "upload", "readers"}
)
#: The user whom a role of every account trusts by name, whatever policies it has.
TRUSTED_BY_NAME = f"{NAMES[0]}-0"


def crowded_account(draw: Draw) -> AccountSeed:
    """One account's identities."""
    chosen = draw.chosen
    users = max(1, draw.log_normal(draw.users_median, 1.4))
    cached = draw.place % 40 == 7
    return AccountSeed(
        id=draw.account_id,
        users=tuple(_user(chosen, draw.place, serial) for serial in range(users)),
        roles=max(16, draw.log_normal(draw.roles_median, 0.4)),
        policies=chosen.randint(2, 7),
        root_keys=draw.root_keys(),
        cached_report=cached,
    )


def _user(chosen: random.Random, place: int, serial: int) -> UserSeed:
    policies = chosen.choices(range(1, 12), (20, 22, 18, 12, 8, 6, 5, 3, 2, 2, 2))[0]
    administrator = chosen.random() < 0.1
    kinds = chosen.choices(("aws", "own", "inline", "group"), (8, 5, 4, 5), k=policies - administrator)
    attached = [
        *([ADMINISTRATOR] if administrator else ()),
        *(AWS_PREFIX + each for each in _some(chosen, AWS_MANAGED, kinds.count("aws"))),
        *(OWN_PREFIX + each for each in _some(chosen, OWN_MANAGED, kinds.count("own"))),
    ][:10]
    keys = chosen.choices((0, 1, 2), (52, 37, 11))[0]
    return UserSeed(
        name=f"{NAMES[serial % len(NAMES)]}-{serial}",
        path="/" if serial % 4 else "/people/",
        serial=serial,
        created=EPOCH - chosen.randint(10, 3000) * DAY,
        keys=tuple(made_key(chosen, place, serial, slot) for slot in range(keys)),
        inline=_some(chosen, INLINE, min(3, kinds.count("inline"))),
        attached=tuple(attached),
        groups=_some(chosen, GROUPS, kinds.count("group")),
        boundary=chosen.choice(BOUNDARIES) if chosen.random() < 0.05 else None,
        password=chosen.random() < 0.5,
        mfa=chosen.random() < 0.4,
        unreported=False,
    )


def crowded_admin_access(user: UserSeed) -> str | None:
    """What `admin_access` must say of a user by how it was made; None where that takes an analysis.

    Allow `*` on `*` and no Deny is an administrator, whatever SCPs leave of it. Reads of data, and writes of
    one bucket that nothing runs from, lead nowhere unless a role trusts the user by its name.
    """
    policies = {each.rpartition("/")[2] for each in user.attached} | {*user.inline, *user.groups}
    if policies & {"AdministratorAccess", "administrators"}:
        return "direct" if user.boundary is None and not policies & DENYING else None
    return "none" if policies <= LEADS_NOWHERE and user.name != TRUSTED_BY_NAME else None


def _some(chosen: random.Random, weights: Mapping[str, int], count: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(chosen.choices(tuple(weights), tuple(weights.values()), k=count)))


def crowded_stock(hub: str) -> Stock:
    """Groups, roles and policies of every account; `hub` is the account that central roles trust."""
    versions = {"v3": TASK_DATA, "v2": documents.DATA_READER, "v1": documents.OPERATOR}
    return Stock(
        groups=tuple(_groups()),
        common_roles=(*central_roles(hub), *_chain()),
        application_roles=tuple(_application_roles()),
        common_policies=tuple(policy(name, each) for name, each in documents.VERSIONS.items()),
        numbered_policies=(policy("app-policy-SERIAL", versions),),
        inline=documents.INLINE,
    )


def _groups() -> Iterator[Entity]:
    own = OWN_PREFIX
    yield group("readers", ("job-function/ViewOnlyAccess", "AmazonS3ReadOnlyAccess"), {}, 0)
    yield group("developers", (f"{own}developer", f"{own}own-keys", "AmazonEC2ReadOnlyAccess"), {}, 1)
    yield group("operators", (f"{own}operator", "AmazonRDSFullAccess"), {}, 2)
    yield group("data", (f"{own}data-reader",), {"windows": documents.INLINE["windows"]}, 3)
    yield group("auditors", ("SecurityAudit", "ReadOnlyAccess", f"{own}deny-iam-writes"), {}, 4)
    yield group("with-mfa", (), {"mfa": MFA_SELF}, 5)
    yield group("administrators", ("AdministratorAccess",), {}, 6)


def _entered_by(name: str) -> dict[str, object]:
    return {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::*:role/{name}"}}


def _enter(*names: str) -> tuple[str, dict[str, object]]:
    arns = [f"arn:aws:iam::{name}" for name in names]
    return "enter", document(statement("Allow", "sts:AssumeRole", arns))


def _chain() -> Iterator[Entity]:
    """A way of three hops within the account and one of two into the neighbour's, and a role for a user."""
    own = "arn:aws:iam::ACCOUNTID"
    yield role("chain-first", "/", ACCOUNT_TRUST, (), _enter("ACCOUNTID:role/chain-second"))
    second = trust({"AWS": f"{own}:role/chain-first"})
    yield role("chain-second", "/", second, ("job-function/ViewOnlyAccess",), _enter("*:role/chain-third"))
    third = trust(
        {"AWS": [f"{own}:role/chain-second", "arn:aws:iam::NEIGHBOUR:root"]},
        Condition=_entered_by("chain-second"),
    )
    yield role("chain-third", "/", third, ("AdministratorAccess",))
    person = trust({"AWS": f"{own}:user/people/{TRUSTED_BY_NAME}"})
    yield role("on-call", "/", person, ("PowerUserAccess", "IAMReadOnlyAccess"))


def _application_roles() -> Iterator[Entity]:
    """Eight roles that go round: the last with PowerUserAccess, some entered from another account."""
    inside = {"StringEquals": {"aws:PrincipalOrgID": "o-benchmark01"}}
    task = ("data", TASK_DATA)
    yield role("app-lambda-SERIAL", "/", service_trust("lambda"), ("AmazonDynamoDBFullAccess",), task)
    yield role(
        "app-instance-SERIAL",
        "/",
        service_trust("ec2"),
        ("AmazonSSMManagedInstanceCore",),
        task,
        profile=True,
    )
    team = trust({"AWS": "arn:aws:iam::ACCOUNTID:root"}, Condition={"StringLike": {"aws:username": "*-*"}})
    yield role("team-SERIAL", "/", team, ("AmazonRDSReadOnlyAccess",), _enter("*:role/shared-*"))
    shared = trust({"AWS": ["arn:aws:iam::NEIGHBOUR:root", "arn:aws:iam::ACCOUNTID:root"]}, Condition=inside)
    yield role("shared-data-SERIAL", "/", shared, ("AmazonS3ReadOnlyAccess",), task)
    yield role("app-task-SERIAL", "/", service_trust("ecs-tasks"), (), ("data", documents.DATA_READER))
    yield role(
        "deploy-SERIAL", "/", service_trust("cloudformation"), (), ("all", documents.PIPELINE_WITH_ROLES)
    )
    tagged = trust({"AWS": "arn:aws:iam::ACCOUNTID:root"}, Condition={**inside, **_entered_by("team-*")})
    yield role("shared-step-SERIAL", "/", tagged, ("AmazonEC2FullAccess",), _enter("*:role/shared-data-*"))
    yield role("app-power-SERIAL", "/", service_trust("ec2"), ("PowerUserAccess",), profile=True)


def crowded_control_policies(
    root: str, units: Sequence[str], accounts: Sequence[str]
) -> dict[str, dict[str, tuple[str, dict[str, object], tuple[str, ...]]]]:
    """Name, document and targets of every SCP and RCP, by type and id, at the root, at units and accounts."""
    everything = (root, *units, *accounts)
    sandboxes = set(units[2::9])
    return {
        "SERVICE_CONTROL_POLICY": {
            "p-FullAWSAccess": (
                "FullAWSAccess",
                documents.FULL,
                tuple(each for each in everything if each not in sandboxes),
            ),
            "p-be000001": ("regions", documents.GUARDED_REGIONS, tuple(units[::2])),
            "p-be000002": ("protected", documents.PROTECTED, (root,)),
            "p-be000003": ("no-users", documents.NO_USERS, (*units[1::5], *accounts[3::25])),
            "p-be000004": ("sandbox", documents.SANDBOX, tuple(units[2::9])),
        },
        "RESOURCE_CONTROL_POLICY": {
            "p-RCPFullAWSAccess": (
                "RCPFullAWSAccess",
                document({**statement("Allow", "*", "*"), "Principal": "*"}),
                everything,
            ),
            "p-be000011": ("own-organization", documents.OWN_ORGANIZATION, (root,)),
            "p-be000012": ("encrypted", documents.ENCRYPTED, (*units[::3], *accounts[5::40])),
        },
    }
