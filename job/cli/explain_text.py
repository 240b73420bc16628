"""One principal's verdicts as text for a person: every path, the statements that open it, what blocks it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from job.analyze.verdict import (
    TOLD_APART,
    AdminAccess,
    Evidence,
    Finding,
    Hop,
    PrincipalVerdicts,
    StoreAccess,
    Verdict,
)
from job.cli.held_risk import ACCESS_KEY, HeldRisk, credential_name, risk_lines
from job.report.comparison.changes import ADMIN_VERDICT
from job.snapshot.model import AccessKey

_SHOWN_WORDS = 6
_EFFECTS = {"Allow": "allows", "Deny": "denies"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What `explain` tells: the verdicts, the keys they hold for, and the account's name where known.

    `risks` are of the keys and of the user's other credentials.
    """

    account_name: str | None
    keys: tuple[AccessKey, ...]
    verdicts: PrincipalVerdicts
    risks: tuple[HeldRisk, ...] = ()


def explanation_lines(explanation: Explanation, capability: str | None) -> Iterator[str]:
    """Yield the text; `capability` limits it to `admin_access`, one capability id or what is told apart."""
    verdicts = explanation.verdicts
    yield from _heading(explanation)
    if capability in (None, ADMIN_VERDICT):
        yield from _block(
            ADMIN_VERDICT, verdicts.admin_access, verdicts.admin_via, verdicts.admin_reason, verdicts.findings
        )
    for row in verdicts.capabilities.values():
        if capability in (None, row.capability):
            yield from _block(row.capability, row.verdict, row.via, row.reason, verdicts.findings)
    for name, title in TOLD_APART.items():
        if capability in (None, name):
            yield from _told_apart(name, title, verdicts.findings)
    if capability is None:
        yield from _stores(verdicts.stores)
    yield from (f"note: {note}" for note in verdicts.notes)


def _heading(explanation: Explanation) -> Iterator[str]:
    verdicts = explanation.verdicts
    account = (
        f"{verdicts.account_id} ({explanation.account_name})"
        if explanation.account_name
        else verdicts.account_id
    )
    yield f"{verdicts.user_name} in account {account}"
    yield f"  {verdicts.principal_arn}"
    for key in explanation.keys:
        yield f"  key {key.access_key_id or '(id unknown)'}: {_key_facts(key)}"
        own = (risk for risk in explanation.risks if (risk.kind, risk.id) == (ACCESS_KEY, key.access_key_id))
        yield from (f"    {line}" for risk in own for line in risk_lines(risk))
    for risk in explanation.risks:
        if risk.kind != ACCESS_KEY:
            yield f"  {credential_name(risk)}"
            yield from (f"    {line}" for line in risk_lines(risk))
    if verdicts.known_leaked:
        yield "  known to be leaked: AWS has quarantined the user; the verdicts pass over that"
    yield from listed("policies", verdicts.policies)
    yield from listed("limited by", verdicts.limited_by)
    roles, accounts = verdicts.reachable_roles, verdicts.reachable_accounts
    yield f"  reaches {_counted(roles, 'role')} in {_counted(accounts, 'account')}"


def _counted(number: int | None, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _key_facts(key: AccessKey) -> str:
    created = f"created {key.created_at:%Y-%m-%d}" if key.created_at else "creation unknown"
    if key.last_use is None:
        used = "never used" if key.last_use_read else "last use unknown"
    else:
        place = ", ".join(word for word in (key.last_use.service, key.last_use.region) if word)
        used = f"last used {key.last_use.date:%Y-%m-%d}" + (f" ({place})" if place else "")
    return f"{'active' if key.active else 'inactive'}, {created}, {used}"


def listed(title: str, words: Sequence[str]) -> Iterator[str]:
    """One line of words under a title; none without words."""
    if words:
        yield f"  {title}: {'; '.join(words)}"


def _block(
    name: str, verdict: AdminAccess | Verdict, via: Sequence[str], reason: str, findings: Iterable[Finding]
) -> Iterator[str]:
    yield ""
    yield f"{name}: {verdict}" + (f" via {'; '.join(via)}" if via else "")
    yield from listed("because", (reason,) if reason else ())
    yield from _paths(name, findings)


def _told_apart(name: str, title: str, findings: Sequence[Finding]) -> Iterator[str]:
    """What no verdict counts; nothing where there is none."""
    if any(finding.capability == name for finding in findings):
        yield ""
        yield f"{name}: {title[0].lower()}{title[1:]}, apart from the verdicts"
        yield from _paths(name, findings)


def _stores(stores: Sequence[StoreAccess]) -> Iterator[str]:
    """The named stores that are read; nothing where there are none, or none were asked for."""
    if stores:
        yield ""
        yield f"reads {_counted(len(stores), 'named store')}"
    for access in stores:
        yield f"  {access.store_arn}: {access.verdict} via {'; '.join(access.via)}"
        yield from listed("  because", (access.reason,) if access.reason else ())


def _paths(name: str, findings: Iterable[Finding]) -> Iterator[str]:
    own = (finding for finding in findings if finding.capability == name)
    for number, finding in enumerate(own, start=1):
        yield from _finding(number, finding)


def _finding(number: int, finding: Finding) -> Iterator[str]:
    words = [finding.verdict, finding.data_class, *finding.methods]
    yield f"  path {number} ({', '.join(word for word in words if word)})"
    yield from path_lines(finding.path, finding.evidence)
    if finding.narrowed_by:
        yield f"    narrowed by: {finding.narrowed_by}"
    if finding.witness:
        yield f"    for example: {finding.witness.action} on {finding.witness.resource}"
    if finding.note:
        yield f"    note: {finding.note}"


def path_lines(path: Sequence[Hop], evidence: Iterable[Evidence]) -> Iterator[str]:
    """The hops of a path, each further in, and what the statements on it say."""
    yield from (f"    {'  ' * depth}{_hop(hop)}" for depth, hop in enumerate(path))
    yield from (f"    {_EFFECTS.get(each.effect, each.effect)}: {statement_text(each)}" for each in evidence)


def statement_text(evidence: Evidence) -> str:
    """Say what a statement says, in one line; of very many actions or resources, the first."""
    shortened = replace(evidence, actions=_first(evidence.actions), resources=_first(evidence.resources))
    return shortened.text + (f" if {evidence.conditions}" if evidence.conditions else "")


def _first(words: tuple[str, ...]) -> tuple[str, ...]:
    return (
        words
        if len(words) <= _SHOWN_WORDS
        else (*words[:_SHOWN_WORDS], f"… {len(words) - _SHOWN_WORDS} more")
    )


def _hop(hop: Hop) -> str:
    return f"-> {hop.kind} {hop.name}" + (f" by {hop.by}" if hop.by else "")
