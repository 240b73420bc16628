"""What the analysis says about one principal that holds keys, with the evidence for each word of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from job.snapshot.stores import DataStore, StoreType

CREDENTIALS = "credentials_exposure"
INFORMATION = "information"
TOLD_APART = {
    CREDENTIALS: "Credentials that may lead on",
    INFORMATION: "Worth knowing",
}
"""What findings are called that are about no verdict, with a title for people."""


class Verdict(StrEnum):
    """How much of one kind of data a key reads."""

    ALL = "all"
    SOME = "some"
    CONDITIONAL = "conditional"
    UNKNOWN = "unknown"
    NONE = "none"


class AdminAccess(StrEnum):
    """Whether a key is, or can become, an administrator."""

    DIRECT = "direct"
    ESCALATES = "escalates"
    CONDITIONAL = "conditional"
    UNKNOWN = "unknown"
    NONE = "none"


class Layer(StrEnum):
    """What can narrow a verdict."""

    BOUNDARY = "boundary"
    SCP = "scp"
    RCP = "rcp"
    DENY = "deny"
    CONDITION = "condition"
    MFA = "mfa"
    QUARANTINE = "quarantine"
    RESOURCE_POLICY = "resource_policy"


_STORES = ("bucket ", "table ", "database ", "secret ", "parameter ", "key ", "grant of ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One statement that decided: whose policy it is, where it is attached, and what it says.

    `attached_to` is `user`, `group NAME`, `role NAME`, `boundary`, `scp TARGET`, `rcp TARGET` or
    `trust NAME`; of a data store's own side `bucket NAME`, `table NAME` and so on, `grant of NAME` for a
    grant of a KMS key. `index` counts statements from 1. `conditions` is compact JSON with sorted keys, empty
    for none.
    """

    attached_to: str
    policy_name: str
    policy_arn: str | None
    index: int
    sid: str | None
    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: str

    @property
    def statement(self) -> tuple[str, str, str | None, int]:
        """Which statement it is, whatever of its actions is told."""
        return self.attached_to, self.policy_name, self.policy_arn, self.index

    @property
    def of_store(self) -> bool:
        """Whether a data store's own side says it: its policy, or a grant."""
        return self.attached_to.startswith(_STORES)

    @property
    def text(self) -> str:
        """The statement in a few words: `group ci: AmazonS3ReadOnlyAccess#1 s3:Get* on *`."""
        policy = self.policy_name or "trust policy"
        mark = f"{self.index}({self.sid})" if self.sid else str(self.index)
        actions, resources = ",".join(self.actions), ",".join(self.resources)
        return f"{self.attached_to}: {policy}#{mark} {actions} on {resources}"


def cause_of(evidence: Iterable[Evidence]) -> tuple[tuple[str, str, str | None, int], ...]:
    """The statements of one principal behind something, whatever of their actions is told."""
    return tuple([e.statement for e in evidence])


def joined(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Each statement of one principal once, with all of its actions that are told."""
    found: dict[tuple[str, str, str | None, int], Evidence] = {}
    for one in evidence:
        known = found.setdefault(one.statement, one)
        if known.actions != one.actions:
            actions = tuple(dict.fromkeys((*known.actions, *one.actions)))
            found[one.statement] = replace(known, actions=actions)
    return tuple(found.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One step of a path to a principal, group, policy, account or data.

    `kind` is `user`, `role`, `root`, `group`, `policy`, `account` or `data`, `name` its ARN or text. `by`
    says how this hop is reached from the one before: `role:ARN`, `escalation:E46` or empty at the start.
    """

    kind: str
    name: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """One concrete request that gets through, for the one-request evaluator; `context` is what it is told."""

    principal: str
    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One path to one capability (`admin_access` or a capability id), with one cause.

    What no verdict counts has a name of `TOLD_APART` there. `data_class` is `direct`, `copied`,
    `granted` or `credentials` for data, else empty. `methods` are the ids of the method table that this cause
    opens. `narrowed_by` names the layer that narrows, if any.
    """

    capability: str
    verdict: str
    data_class: str
    methods: tuple[str, ...]
    path: tuple[Hop, ...]
    evidence: tuple[Evidence, ...]
    narrowed_by: Layer | None
    witness: Witness | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CapabilityVerdict:
    """One capability's answer: `via` is sorted and holds `direct`, `role:ARN`, `escalation:ID` or `admin`."""

    capability: str
    verdict: Verdict
    via: tuple[str, ...]
    reason: str
    limited_by: tuple[Layer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreOpening:
    """A named store, with the other accounts that its policy lets in, and whether everybody is let in.

    Both are None where its policy was not read or not understood.
    """

    store: DataStore
    other_accounts: tuple[str, ...] | None
    open_to_all: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreCount:
    """How many named stores of a kind a key reads, of all in the accounts that it reaches."""

    readable: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreAccess:
    """One named store that a key reads: how much of it, as whom, by which statements.

    `store_tags` is None where its tags were not read. `via` is as in `CapabilityVerdict`; `data_class` that
    of the way that decides, `path` whom it leads over.
    """

    store_arn: str
    store_account_id: str
    store_name: str
    store_type: StoreType
    store_tags: Mapping[str, str] | None
    verdict: Verdict
    via: tuple[str, ...]
    data_class: str
    reason: str
    path: tuple[Hop, ...]
    evidence: tuple[Evidence, ...]
    witness: Witness


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipalVerdicts:
    """Everything the report says about what one principal's keys can do.

    `policies` lists what applies, as the `keys` dataset prints it. `notes` say what was not looked at.
    `status` is `complete`, `partial` or `failed`. `capabilities` is in the order of the capability table.
    `known_leaked` says whether AWS has quarantined the user, None where its policies were not read. `stores`
    are the named stores that the keys read, by ARN, empty where none were asked for; `store_counts` counts
    them by capability, for those whose stores were read in every account that the keys reach. `permits` is
    what credentials of single services permit there, by service and capability; a service that is not known
    is left out.
    """

    account_id: str
    principal_arn: str
    user_name: str
    policies: tuple[str, ...]
    admin_access: AdminAccess
    admin_via: tuple[str, ...]
    admin_reason: str
    capabilities: Mapping[str, CapabilityVerdict]
    reachable_roles: int
    reachable_accounts: int
    limited_by: tuple[Layer, ...]
    status: str
    notes: tuple[str, ...]
    known_leaked: bool | None
    findings: tuple[Finding, ...]
    stores: tuple[StoreAccess, ...] = ()
    store_counts: Mapping[str, StoreCount] = field(default_factory=dict)
    permits: Mapping[str, Mapping[str, Verdict]] = field(default_factory=dict)
