"""Who gets into a role: the trust policy on one side, the caller's own policies on the other.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from job.analyze.evaluation.applicable import ApplicableStatements
from job.analyze.evaluation.aws_rules import ASSUME_ROLE
from job.analyze.evaluation.rights import BOUNDARY, Rights
from job.analyze.evaluation.statement import Ceiling, Frame, Grant
from job.analyze.evaluation.subject import Attachment, Subject
from job.analyze.language.certainty import Certainty
from job.analyze.language.conditions import HOLDS
from job.analyze.language.context import Caller, Context, Overlay, merged, principal_context
from job.analyze.language.document import Condition
from job.analyze.language.globs import EVERYTHING
from job.analyze.principals.directory import ALLOW_ALL
from job.analyze.principals.members import RoleMember
from job.analyze.principals.principal_element import Naming, session_prefix
from job.analyze.principals.resource_tags import AskedTags, asked_tags
from job.analyze.principals.trust_policy import (
    TrustAnswer,
    answer_in,
    role_overlay,
    statements_of,
    trust_answer,
)
from job.analyze.principals.world import World
from job.analyze.verdict import Evidence, Layer


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether a caller gets into a role, and the statements that say so."""

    certainty: Certainty
    evidence: tuple[Evidence, ...] = ()
    open_keys: frozenset[str] = frozenset()


REFUSED = Admission(Certainty.NEVER)


def candidates(world: World, rights: Rights) -> Iterable[RoleMember]:
    """The roles whose trust policy may let the subject in, each once."""
    subject, directory = rights.subject, world.directory
    found: dict[str, RoleMember] = {}
    for name in (subject.arn, subject.unique_id):
        found.update((r.arn, r) for r in directory.by_name.get(name, ()))
    found.update((r.arn, r) for r in directory.by_session.get(session_prefix(subject), ()))
    if rights.left & world.index.bit(ASSUME_ROLE):
        found.update((r.arn, r) for r in directory.by_account.get(subject.account_id, ()))
        found.update((r.arn, r) for r in directory.anyone)
    else:
        found.update((r.arn, r) for r in directory.anyone if r.account_id == subject.account_id)
    found.pop(subject.arn, None)
    return found.values()


class _Admissions(dict[RoleMember, Admission]):
    pass


def admission(world: World, rights: Rights, role: RoleMember, told: Overlay = ()) -> Admission:
    """Whether the subject can assume the role now; the root user never can.

    In one account a trust policy that names the caller itself is enough; one that names the account, or a
    role of another account, needs the caller's own policies to allow it too.
    """
    if told:
        return _admission(world, rights, role, told)
    known = rights.kept.of(_Admissions)
    found = known.get(role)
    if found is None:
        found = known[role] = _admission(world, rights, role, ())
    return found


def allowed_with(world: World, rights: Rights, role: RoleMember, told: Overlay, action: str) -> Admission:
    """Whether both sides allow what goes with assuming a role, as tags of the session (`sts:TagSession`)."""
    return _admission(world, rights, role, told, action)


def _admission(
    world: World, rights: Rights, role: RoleMember, told: Overlay, action: str = ASSUME_ROLE
) -> Admission:
    subject = rights.subject
    if subject.kind == "root":
        return REFUSED
    trust = trust_answer(world, role, subject, told, action)
    if trust.certainty is Certainty.NEVER:
        return REFUSED
    applicable = _asking(world, rights, role, told, action)
    asked = _Asked(world, subject, role, told, action)
    best = _combined(world, trust, asked.under_trust(trust, applicable), role)
    named = trust.named >= Naming.ITSELF
    if named and subject.account_id == role.account_id and best.certainty is not Certainty.CERTAIN:
        unhindered = without_identity(applicable, subject, as_session=trust.named is Naming.SESSION)
        alone = _combined(world, trust, asked.under_trust(trust, unhindered), role, own=False)
        best = min(best, alone, key=lambda a: a.certainty)
    return best


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request to enter a role."""

    world: World
    subject: Subject
    role: RoleMember
    told: Overlay
    action: str

    def under_trust(self, trust: TrustAnswer, applicable: ApplicableStatements) -> ApplicableStatements:
        """The caller's side with the trust policy, where both are open: one may exclude the other."""
        possible = Certainty.POSSIBLE
        if trust.certainty is not possible or applicable.certainty(self.role.arn) is not possible:
            return applicable
        overlay = merged(role_overlay(self.world, self.role, self.subject), self.told)
        context = self.subject.context.told(overlay)
        allows, denies = statements_of(self.role.trust, self.subject, context, self.action)
        place = _place(self.world, self.role)
        leave, deny = (
            [Grant(place, s, o, EVERYTHING, EVERYTHING) for s, o in some] for some in (allows, denies)
        )
        ceiling = Ceiling(Layer.RESOURCE_POLICY, place.attached_to, tuple(leave), ())
        return ApplicableStatements(
            allows=applicable.allows,
            failed=applicable.failed,
            ceilings=(*applicable.ceilings, ceiling),
            denies=(*applicable.denies, *((Layer.DENY, grant) for grant in deny)),
            frame=Frame(context, applicable.budget),
        )


def _asking(
    world: World, rights: Rights, role: RoleMember, told: Overlay = (), action: str = ASSUME_ROLE
) -> ApplicableStatements:
    """The caller's side; the role's tags are looked at only where a condition asks for them."""
    if told or action != ASSUME_ROLE:
        return _find_asking(world, rights, role, told, action) or _of_role(world, rights, role, told, action)
    known = rights.kept.of(_Asking)
    if role.account_id not in known:
        known[role.account_id] = _find_asking(world, rights, role, told, action)
    return known[role.account_id] or _of_role(world, rights, role, told, action)


class _Asking(dict[str, "ApplicableStatements | None"]):
    """The caller's side by the role's account; None where it differs by the role's tags."""


def _find_asking(
    world: World, rights: Rights, role: RoleMember, told: Overlay, action: str
) -> ApplicableStatements | None:
    account = world.resource_overlay(role.account_id, rights.subject)
    applicable = rights.applicable(action, merged(account, told), role.account_id)
    return None if any("resourcetag/" in key for key in applicable.condition_keys) else applicable


def _of_role(
    world: World, rights: Rights, role: RoleMember, told: Overlay, action: str
) -> ApplicableStatements:
    overlay = merged(role_overlay(world, role, rights.subject), told)
    return rights.applicable(action, overlay, role.account_id)


_ANY_ROLE = "any role"


class _HoldingBack(dict[str, frozenset[Layer]]):
    pass


def held_back_by(world: World, rights: Rights) -> frozenset[Layer]:
    """The layers without which the subject would get into a role that names it."""
    known = rights.kept.of(_HoldingBack)
    found = known.get(_ANY_ROLE)
    if found is None:
        refused = (
            r for r in candidates(world, rights) if admission(world, rights, r).certainty is Certainty.NEVER
        )
        found = frozenset(layer for role in refused for layer in _holding_back(world, rights, role))
        known[_ANY_ROLE] = found
    return found


def _holding_back(world: World, rights: Rights, role: RoleMember) -> Iterable[Layer]:
    trust = trust_answer(world, role, rights.subject)
    if trust.certainty is Certainty.NEVER:
        if any(c.key.startswith("aws:multifactorauth") for s in role.trust.statements for c in s.conditions):
            context = _with_mfa(rights.subject.context.told(role_overlay(world, role)))
            if answer_in(role.trust, rights.subject, context).certainty is not Certainty.NEVER:
                yield Layer.MFA
    elif rights.can_be_narrowed or world.policies.rcps(role.account_id):
        applicable = _asking(world, rights, role)
        named = trust.named >= Naming.ITSELF and rights.subject.account_id == role.account_id
        blocked = (
            (without_identity(applicable, rights.subject) if named else applicable)
            .decide(role.arn)
            .blocked_by
        )
        if blocked:
            yield Layer(blocked)


def _with_mfa(context: Context) -> Context:
    return context.having({"aws:multifactorauthpresent": ("true",), "aws:multifactorauthage": ("1",)})


_NAMED = Attachment(ALLOW_ALL, "trust", "", None)
_ANYTHING = Grant(_NAMED, ALLOW_ALL.statements[0], HOLDS, EVERYTHING, EVERYTHING)


def _combined(
    world: World, trust: TrustAnswer, applicable: ApplicableStatements, role: RoleMember, *, own: bool = True
) -> Admission:
    certainty = max(trust.certainty, applicable.certainty(role.arn))
    if certainty is Certainty.NEVER or trust.statement is None:
        return REFUSED
    own_side = applicable.decide(role.arn)
    mine = tuple(g.evidence(ASSUME_ROLE) for g in own_side.allowed_by) if own else ()
    theirs = _place(world, role).evidence(trust.statement, ASSUME_ROLE)
    return Admission(certainty, (*mine, theirs), trust.open_keys | own_side.open_keys)


class _Places(dict[RoleMember, Attachment]):
    pass


def _place(world: World, role: RoleMember) -> Attachment:
    known = world.kept.of(_Places)
    found = known.get(role)
    if found is None:
        found = known[role] = Attachment(role.trust, f"trust {role.name}", "", None)
    return found


def without_identity(
    applicable: ApplicableStatements, subject: Subject, *, as_session: bool = False
) -> ApplicableStatements:
    """The same request when a resource policy names the caller: only denies and ceilings are left.

    An implicit deny of a boundary does not limit what a resource policy grants a user, or a session of a role
    by its own ARN
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html).
    """
    ceilings = applicable.ceilings
    if subject.kind == "user" or as_session:
        ceilings = tuple(c for c in ceilings if c.name != BOUNDARY)
    return ApplicableStatements(
        allows=(_ANYTHING,), failed=(), ceilings=ceilings, denies=applicable.denies, frame=applicable.frame
    )


def let_in(
    world: World, rights: Rights, role: RoleMember, told: Overlay = (), beside: Sequence[str] = ()
) -> Certainty:
    """Whether somebody gets into a role whose trust policy says what the caller wants it to.

    It may name an account of the thief's own, or a web identity, whose calls are not signed: neither the
    caller's denies nor this organization's SCPs bind those, only RCPs do
    (https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html). What is
    allowed `beside` are further actions, as tags of the session.
    """
    left = rights.subject.left and rights.subject.account_id == role.account_id
    outside = Certainty.CERTAIN if left else admission_from_outside(world, role, told, beside)
    if outside is Certainty.CERTAIN or rights.subject.kind == "root":
        return outside
    overlay = merged(role_overlay(world, role, rights.subject), told)
    asking = (rights.applicable(a, overlay, role.account_id) for a in (ASSUME_ROLE, *beside))
    own = max(without_identity(one, rights.subject).certainty(role.arn) for one in asking)
    return min(own, outside)


_OUTSIDE = "000000000000"
_ANYBODY = frozenset(("aws:principaltype", "aws:userid", "aws:username", "aws:sourceidentity"))
WEB_IDENTITY, SAML = "sts:assumerolewithwebidentity", "sts:assumerolewithsaml"


def admission_from_outside(
    world: World, role: RoleMember, told: Overlay = (), beside: Sequence[str] = ()
) -> Certainty:
    """Whether RCPs leave a principal of another organization, or of none, what a trust policy gives it."""
    if not world.policies.rcps(role.account_id):
        return Certainty.CERTAIN
    return min(
        *(
            _left(world, role, _outsider(world, role, organization), (ASSUME_ROLE, *beside), told)
            for organization in (None, "o-outside")
        ),
        admission_by_federation(world, role, WEB_IDENTITY, told, beside),
    )


def admission_by_federation(
    world: World, role: RoleMember, action: str, told: Overlay = (), beside: Sequence[str] = ()
) -> Certainty:
    """Whether RCPs leave an identity of a provider what a trust policy gives it; no AWS principal calls.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
    """
    if not world.policies.rcps(role.account_id):
        return Certainty.CERTAIN
    return _left(world, role, _outsider(world, role, _UNSIGNED), (action, *beside), told)


def _left(
    world: World, role: RoleMember, outsider: Subject, actions: Iterable[str], told: Overlay
) -> Certainty:
    """What RCPs leave of some actions together on a role."""
    overlay = merged(role_overlay(world, role), told)
    asking = (world.rights(outsider).applicable(action, overlay, role.account_id) for action in actions)
    return max(applicable.certainty(role.arn) for applicable in asking)


_UNSIGNED = "unsigned"
_OF_ORGANIZATION = frozenset(("aws:principalorgid", "aws:principalorgpaths"))
_OF_SIGNED = _OF_ORGANIZATION | {"aws:principalarn", "aws:tokenissuetime", "aws:multifactorauthpresent"}


class _Outsiders(dict[tuple[str, str | None], Subject]):
    """Who comes from outside to the roles of an account: of an organization, of none, or unsigned."""


def _outsider(world: World, role: RoleMember, organization: str | None) -> Subject:
    known, key = world.kept.of(_Outsiders), (role.account_id, organization)
    found = known.get(key)
    if found is None:
        found = known[key] = _make_outsider(world, role, organization)
    return found


def _make_outsider(world: World, role: RoleMember, organization: str | None) -> Subject:
    entry = world.directory.accounts[role.account_id]
    arn, is_unsigned = f"arn:{entry.partition}:iam::{_OUTSIDE}:role/outside", organization == _UNSIGNED
    caller = Caller(
        arn=arn,
        account_id="anonymous" if is_unsigned else _OUTSIDE,
        kind="AssumedRole",
        unique_id=None,
        name=None,
        tags=None,
        now=entry.now,
        organization_id=None if is_unsigned else organization,
        organization_path=None,
    )
    missing = _OF_SIGNED if is_unsigned else _OF_ORGANIZATION if organization is None else frozenset[str]()
    opened = _ANYBODY | {"aws:federatedprovider"} if is_unsigned else _ANYBODY
    return Subject(
        arn=arn,
        account_id=_OUTSIDE,
        partition=entry.partition,
        unique_id="",
        name="outside",
        kind="role",
        identity=(_NAMED,),
        boundary=None,
        scps=(),
        context=principal_context(caller).having({}, absent=missing, opened=opened),
    )


def asked_by(world: World, rights: Rights, role: RoleMember) -> AskedTags:
    """The tags of a role that either side asks for when the subject assumes it."""
    return asked_tags(conditions_of(world, rights, role), rights.subject.context)


def conditions_of(world: World, rights: Rights, role: RoleMember) -> Iterable[Condition]:
    """The conditions of both sides when the subject assumes a role."""
    trust = (c for s in role.trust.statements for c in s.conditions)
    return (*trust, *_asking(world, rights, role).conditions)
