"""Puts a case's questions to a built world, and each verdict's witness to the one-request evaluator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from policy_stores import store_arn
from policy_world import World

from job.analyze.simulate import Request
from job.analyze.verdict import PrincipalVerdicts, Verdict

Question: TypeAlias = "dict[str, Any]"
ACCEPTED = ("allowed", "conditional")


def disagreements(world: World, question: Question) -> list[str]:
    """Return what the analysis answers differently from what the case expects, as `what: expected, got`."""
    if "simulate" in question:
        return list(_simulated(world, question))
    verdicts = principal_verdicts(world, question.get("user", "alice"), question.get("account", world.home))
    if "reads" in question:
        return list(_reads(world, question, verdicts))
    return list(_judged(question, verdicts))


def _judged(question: Question, verdicts: PrincipalVerdicts) -> Iterator[str]:
    if "known_leaked" in question:
        yield from _differences(question, {"expected": str(verdicts.known_leaked)})
    elif "reachable_roles" in question:
        yield from _differences(question, {"reachable_roles": str(verdicts.reachable_roles)})
    elif "told_apart" in question:
        yield from _told_apart(question, verdicts)
    elif "capability" in question:
        yield from _capability(question, verdicts)
    else:
        yield from _administration(question, verdicts)


def _capability(question: Question, verdicts: PrincipalVerdicts) -> Iterator[str]:
    answer = verdicts.capabilities[question["capability"]]
    count = str(sum(one.capability == answer.capability for one in verdicts.findings))
    got = {"expected": str(answer.verdict), "reason": answer.reason, "findings": count}
    yield from _differences(question, got)
    yield from _members(question, "via", answer.via)
    yield from _members(question, "limited_by", answer.limited_by)


def _administration(question: Question, verdicts: PrincipalVerdicts) -> Iterator[str]:
    count = str(sum(one.capability == "admin_access" for one in verdicts.findings))
    got = {"expected": str(verdicts.admin_access), "status": verdicts.status, "findings": count}
    yield from _differences(question, got)
    yield from _members(question, "via", verdicts.admin_via)
    yield from _members(question, "policies", verdicts.policies)
    yield from _members(question, "limited_by", verdicts.limited_by)


def _reads(world: World, question: Question, verdicts: PrincipalVerdicts) -> Iterator[str]:
    arn = world.partition.text(store_arn(world.stores, question["reads"], world.home))
    access = next((one for one in verdicts.stores if one.store_arn == arn), None)
    blocked_by = world.analysis.store_blocked_by(verdicts.account_id, verdicts.user_name, arn)
    expected = {"expected": str(access.verdict) if access else "none", "blocked_by": str(blocked_by)}
    yield from _differences(question, expected)
    yield from _members(question, "via", access.via if access else ())
    yield from _members(question, "by", (one.attached_to for one in access.evidence) if access else ())
    words = access.reason.lower() if access else ""
    missing = [key for key in question.get("open_has", []) if key not in words]
    yield from (f"open: expected {key} in {words}" for key in missing)


def _told_apart(question: Question, verdicts: PrincipalVerdicts) -> Iterator[str]:
    told = [one for one in verdicts.findings if one.capability == question["told_apart"]]
    best = min((list(Verdict).index(Verdict(one.verdict)) for one in told), default=-1)
    yield from _differences(question, {"expected": list(Verdict)[best], "findings": str(len(told))})
    yield from _members(question, "methods", (method for one in told for method in one.methods))
    roles = (hop.name for one in told for hop in one.path if hop.kind == "role")
    yield from _members(question, "through", roles)
    yield from _members(
        question, "by", (hop.by for one in told for hop in one.path if hop.kind == "user" and hop.by)
    )


def _differences(question: Question, got: dict[str, str]) -> Iterator[str]:
    for what, answer in got.items():
        if what in question and str(question[what]) != answer:
            yield f"{what}: expected {question[what]}, got {answer}"


def _members(question: Question, what: str, got: Iterable[str]) -> Iterator[str]:
    listed = {str(one) for one in got}
    expected = set(question.get(f"{what}_has", []))
    if not expected <= listed:
        yield f"{what}: expected {sorted(expected)} among {sorted(listed)}"
    forbidden = set(question.get(f"{what}_lacks", []))
    if forbidden & listed:
        yield f"{what}: expected none of {sorted(forbidden)} in {sorted(listed)}"
    if what in question and set(question[what]) != listed:
        yield f"{what}: expected {sorted(question[what])}, got {sorted(listed)}"


def _simulated(world: World, question: Question) -> Iterator[str]:
    asked = question["simulate"]
    context = asked.get("context", {})
    answer = world.analysis.simulate(
        Request(
            account_id=asked.get("account", world.home),
            user_name=asked.get("user", "alice"),
            action=asked["action"],
            resource=asked["resource"],
            context={key: (one,) if isinstance(one, str) else tuple(one) for key, one in context.items()},
            absent=frozenset(asked.get("absent", [])),
        )
    )
    got = {"expected": str(answer.verdict), "blocked_by": str(answer.blocked_by)}
    yield from _differences(question, got)
    yield from _members(question, "open", answer.open_keys)


def principal_verdicts(world: World, user: str, account: str) -> PrincipalVerdicts:
    """Return the verdicts of one principal with keys; `<root_account>` is the root user."""
    return next(one for one in world.analysis.verdicts(account) if one.user_name == user)


def refused_witnesses(world: World) -> list[str]:
    """Return every finding whose witness is missing, or refused by the one-request evaluator."""
    everyone = [one for account in world.accounts for one in world.analysis.verdicts(account)]
    return [text for one in everyone for text in (*_refused(world, one), *_refused_stores(world, one))]


def _refused(world: World, verdicts: PrincipalVerdicts) -> Iterator[str]:
    for finding in verdicts.findings:
        if finding.verdict in ("none", "unknown"):
            continue
        if finding.witness is None:
            yield f"{finding.capability} {finding.methods}: no witness"
            continue
        answer = world.analysis.accepts(finding.witness)
        if str(answer.verdict) not in ACCEPTED:
            yield f"{finding.capability} {finding.methods}: {finding.witness} is {answer.verdict}"


def _refused_stores(world: World, verdicts: PrincipalVerdicts) -> Iterator[str]:
    for access in verdicts.stores:
        if access.verdict != "unknown":
            answer = world.analysis.accepts_access(access)
            if str(answer.verdict) not in ACCEPTED:
                yield f"{access.store_arn}: {access.witness} is {answer.verdict}"
