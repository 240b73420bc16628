"""What an analysis did not look at or could not understand, for each key that it concerns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from job.analyze.escalation.graph import Arrival, Node
from job.analyze.escalation.limits import LEFT_OUT
from job.analyze.evaluation.subject import Attachment, Subject
from job.analyze.language.document import UNSEEN
from job.analyze.principals.world import World

ENTANGLED = "is one of the policies whose patterns or conditions are too entangled to decide about"
APART = "more principals were come to than are asked what they do for one another in account"
UNHEARD = "roles of accounts that were not read, which might let it in, are in no verdict"
NOT_COLLECTED = "resource policies other than role trust are not collected"


def applying_policies(node: Node) -> tuple[str, ...]:
    """Every policy that applies, as the `keys` dataset prints it, sorted."""
    if node.subject is None or node.kind == "root":
        return ()
    attached = (*node.subject.identity, *node.subject.quarantine)
    return tuple(sorted({f"{a.attached_to}/{_reference(a)}" for a in attached}))


def known_leaked(world: World, node: Node) -> bool | None:
    """Whether AWS has quarantined the user because a key was found in public; None if that was not read.

    A root user cannot have a policy attached.
    """
    if node.subject is None or node.kind == "root":
        return False
    if node.subject.quarantine:
        return True
    entry = world.directory.accounts[node.account_id]
    groups_read = all(group in entry.groups for group in entry.users[node.subject.name].groups)
    return False if entry.identities_read and groups_read else None


def _reference(attachment: Attachment) -> str:
    return attachment.arn or f"inline:{attachment.name}"


def status_of(world: World, node: Node, notes: Iterable[str]) -> str:
    """`complete`, `partial` when a note tells of something missing, `failed` without the policies.

    What is said of every key alike, such as the age of what is known of AWS, is nothing missing, nor is what
    others might permit of whom nothing is known.
    """
    if not world.directory.accounts[node.account_id].identities_read and node.kind != "root":
        return "failed"
    general = {NOT_COLLECTED, UNHEARD, *world.notes}
    return "partial" if any(note not in general for note in notes) else "complete"


def undecided(world: World, arrivals: Mapping[Node, Arrival]) -> Iterable[str]:
    """What was too much to decide about principals further on, in words: answers about them are `unknown`."""
    for node, arrival in arrivals.items():
        unseen = arrival.edge.unseen if arrival.edge else ""
        if node.subject is None or arrival.origin is None:
            continue
        yield from (f"{node.name}: {text}" for text in LEFT_OUT if text in unseen)
        if node.kind != "account":
            yield from (f"{node.name}: {b} {ENTANGLED}" for b in world.rights(node.subject).budget.blamed)


def notes_of(world: World, node: Node) -> tuple[str, ...]:
    """What was not looked at, in words, each once."""
    entry = world.directory.accounts[node.account_id]
    own = entry.user_notes.get(node.name, ())
    found = [*entry.notes, *own, *_organization(world, node.account_id)]
    if node.subject is not None:
        found += _policies(node.subject)
        found += (f"{label} {ENTANGLED}" for label in world.rights(node.subject).budget.blamed)
    return tuple(dict.fromkeys((*found, *world.notes, NOT_COLLECTED)))


def _organization(world: World, account_id: str) -> Iterable[str]:
    organization = world.organization
    account = organization.accounts.get(account_id)
    for name, policies in (("SCPs", organization.scps), ("RCPs", organization.rcps)):
        if policies is None:
            yield f"{name} were not read"
        elif account_id == organization.management_account_id:
            continue
        elif account is None or account.ou_path is None:
            yield f"{name} of the account's OUs were not read"
        elif any(unit.id not in policies.targets for unit in account.ou_path) and name == "SCPs":
            yield f"{name} of a level were not read"
    if any(failure.step.startswith("ListDelegated") for failure in organization.failures):
        yield "delegated administrators were not read"


def _policies(subject: Subject) -> Iterable[str]:
    boundary = (subject.boundary,) if subject.boundary else ()
    levels = (a for level in subject.scps for a in level.attachments)
    for attachment in (*subject.identity, *boundary, *levels):
        for unclear in attachment.policy.unclear:
            what = "was not read" if unclear.endswith(UNSEEN) else f"was not understood ({unclear})"
            yield f"{attachment.label} {what}"
