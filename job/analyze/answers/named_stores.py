"""What named stores make of a kind of data: a verdict that patterns gave, raised or narrowed, with counts.

Patterns answer about every resource that there could be; a store's own policy may let in whom they do not, or
keep out whom they do. Where a kind was read in every account that a key reaches, `all` is every store of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from job.analyze.answers.capabilities import Capability
from job.analyze.answers.notes import NOT_COLLECTED
from job.analyze.data_stores.inventory import Inventory
from job.analyze.data_stores.named_store import NamedStore
from job.analyze.data_stores.ways import WAYS
from job.analyze.evaluation.needs import better
from job.analyze.verdict import CapabilityVerdict, Finding, Layer, StoreAccess, StoreCount, Verdict
from job.snapshot.stores import StoreType

_READS = (Verdict.ALL, Verdict.SOME, Verdict.CONDITIONAL)
_SURELY = (Verdict.ALL, Verdict.SOME)
_NAMED_IN_REASON = 3
# An access point leads to its bucket, whose policy answers as well.
_BY_STORE = frozenset(
    (
        *(way.id for ways in WAYS.values() for way in ways),
        *("s3-get-object-access-point", "s3-access-point-policy"),
    )
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """The stores that a kind of data lies in: of which setting, and of which types."""

    setting: str
    types: frozenset[StoreType]


_KINDS: Mapping[str, _Kind] = {
    "s3_read": _Kind("s3", frozenset((StoreType.BUCKET,))),
    "rds_read": _Kind("rds", frozenset((StoreType.DB_CLUSTER, StoreType.DB_INSTANCE))),
    "dynamodb_read": _Kind("dynamodb", frozenset((StoreType.TABLE,))),
    "secrets_read": _Kind("secrets", frozenset((StoreType.SECRET, StoreType.PARAMETER))),
    "kms_decrypt": _Kind("kms", frozenset((StoreType.KMS_KEY,))),
}


def lists_all(inventory: Inventory, capability_id: str, account_id: str) -> bool:
    """Whether every store that a kind of data lies in is known in an account."""
    kind = _KINDS.get(capability_id)
    return kind is not None and inventory.is_complete(account_id, kind.setting)


class NamedStores:
    """Verdicts about kinds of data, in the light of the stores that were read."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory

    def noted(self, notes: tuple[str, ...], accounts: Collection[str]) -> tuple[str, ...]:
        """The notes, which say whose policies were read, and of which kinds not all stores are known.

        `accounts` are those that the key reaches.
        """
        if not self._inventory:
            return notes
        asked = self._inventory.kinds
        whole = [kind for kind in asked if self._is_listed(kind, accounts)]
        read = f"resource policies were read of {', '.join(whole)} and role trust alone"
        if not whole:
            read = "resource policies were read of role trust alone"
        if part := [kind for kind in asked if kind not in whole]:
            read += f", stores of {', '.join(part)} were not listed in every account that the key reaches"
        acls = self._inventory.with_object_acls
        if acls:
            read += f", access control lists of objects of no bucket ({acls} may have them)"
        return tuple(read if note == NOT_COLLECTED else note for note in notes)

    def counts(self, accesses: Sequence[StoreAccess], accounts: Collection[str]) -> Mapping[str, StoreCount]:
        """For each kind of data that was read, how many of the stores in these accounts a key reads."""
        counted = dict[str, StoreCount]()
        for capability, kind in _KINDS.items():
            if self._is_read(kind, accounts):
                readable = {a.store_arn for a in _of(kind, accesses) if a.verdict in _READS}
                there = {store.facts.arn for store in self._stores(kind, accounts)}
                counted[capability] = StoreCount(readable=len(readable), total=len(there | readable))
        return counted

    def seen(
        self,
        verdict: CapabilityVerdict,
        findings: Sequence[Finding],
        accesses: Sequence[StoreAccess],
        accounts: Collection[str],
        unnamed: Callable[[], tuple[CapabilityVerdict, Sequence[Finding]]],
    ) -> tuple[CapabilityVerdict, Sequence[Finding]]:
        """The verdict and its findings with what the named stores say.

        Where the policy of a store could not be read, or its key's, none is no longer proved. `unnamed` is
        what the ways give that are not told store by store.
        """
        kind = _KINDS.get(verdict.capability)
        if kind is None or not self._inventory:
            return verdict, findings
        readable = [access for access in _of(kind, accesses) if access.verdict in _READS]
        surely = [access for access in readable if access.verdict in _SURELY]
        best = Verdict.SOME if surely else Verdict.CONDITIONAL if readable else Verdict.NONE
        if better(best, verdict.verdict):
            raised, more = _raised(verdict, best, surely or readable)
            return raised, (*findings, *more)
        unsure = [access for access in _of(kind, accesses) if access.verdict is Verdict.UNKNOWN]
        if unsure and verdict.verdict is Verdict.NONE:
            return _raised(verdict, Verdict.UNKNOWN, unsure)[0], findings
        whole = {access.store_arn for access in readable if access.verdict is Verdict.ALL}
        left = [s.facts.name for s in self._stores(kind, accounts) if s.facts.arn not in whole]
        if verdict.verdict is not Verdict.ALL or not left or not self._is_read(kind, accounts):
            return verdict, findings
        if not readable:
            return (verdict, findings) if unsure else _refused(*unnamed(), left)
        return _narrowed(verdict, best, left), findings

    def _is_read(self, kind: _Kind, accounts: Collection[str]) -> bool:
        return self._is_listed(kind.setting, accounts)

    def _is_listed(self, setting: str, accounts: Collection[str]) -> bool:
        """Whether every store of a kind is known in all of these accounts."""
        return all(self._inventory.is_complete(account_id, setting) for account_id in accounts)

    def _stores(self, kind: _Kind, accounts: Collection[str]) -> Iterable[NamedStore]:
        listed = (s for account_id in sorted(accounts) for s in self._inventory.of_account(account_id))
        return (store for store in listed if store.facts.type in kind.types)


def _of(kind: _Kind, accesses: Iterable[StoreAccess]) -> Iterable[StoreAccess]:
    return (access for access in accesses if access.store_type in kind.types)


def _raised(
    verdict: CapabilityVerdict, best: Verdict, giving: Sequence[StoreAccess]
) -> tuple[CapabilityVerdict, list[Finding]]:
    raised = replace(
        verdict,
        verdict=best,
        via=tuple(sorted({via for access in giving for via in access.via})),
        reason=giving[0].reason,
    )
    return raised, [_finding(verdict.capability, access) for access in giving]


def _finding(capability: str, access: StoreAccess) -> Finding:
    shown = Verdict.SOME if access.verdict is Verdict.ALL else access.verdict
    return Finding(
        capability=capability,
        verdict=shown.value,
        data_class=access.data_class,
        methods=(),
        path=access.path,
        evidence=access.evidence,
        narrowed_by=None,
        witness=access.witness,
        note="",
    )


def _refused(
    verdict: CapabilityVerdict, findings: Sequence[Finding], left: Sequence[str]
) -> tuple[CapabilityVerdict, Sequence[Finding]]:
    """What is left where no store lets the key read, while patterns alone say that it reads all."""
    limits = tuple(sorted({*verdict.limited_by, Layer.RESOURCE_POLICY}))
    told = "; ".join(part for part in (verdict.reason, f"none of {_names(left)} lets it") if part)
    return replace(verdict, reason=told, limited_by=limits), findings


def not_by_store(capability: Capability) -> Capability:
    """The capability's ways that are not told store by store: copies, for the most part."""
    left = tuple(a for a in capability.alternatives if a.id not in _BY_STORE)
    return replace(capability, alternatives=left)


def _narrowed(verdict: CapabilityVerdict, best: Verdict, left: Sequence[str]) -> CapabilityVerdict:
    return replace(verdict, verdict=best, reason=f"{verdict.reason}; not all of {_names(left)}")


def _names(left: Sequence[str]) -> str:
    more = f" and {len(left) - _NAMED_IN_REASON} more" if len(left) > _NAMED_IN_REASON else ""
    return ", ".join(left[:_NAMED_IN_REASON]) + more
