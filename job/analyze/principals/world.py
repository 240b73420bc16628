"""The organization as the evaluation sees it: subjects with their layers and rights, made on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import islice

from job.analyze.evaluation.aws_rules import is_quarantine
from job.analyze.evaluation.compiled import CompiledPolicies
from job.analyze.evaluation.kept import Kept
from job.analyze.evaluation.rights import Rights
from job.analyze.evaluation.subject import Attachment, Level, Subject
from job.analyze.language.context import Caller, Context, Overlay, principal_context
from job.analyze.language.document import Policy, unseen_policy
from job.analyze.principals.asked_of_callers import ISSUED, OF_COMPUTE, AskedOfCallers
from job.analyze.principals.directory import ALLOW_ALL, Directory
from job.analyze.principals.members import AccountEntry, Member, PolicyRef, RoleMember, UserMember
from job.analyze.service_reference.actions import ActionIndex
from job.snapshot.model import ROOT_USER_NAME, ControlPolicies, Organization
from job.snapshot.stores import DataStore

ROOT_NAME = ROOT_USER_NAME
# AWS attaches these everywhere and does not let them be changed:
# https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples.html
_FULL_ACCESS = frozenset(("p-FullAWSAccess", "p-RCPFullAWSAccess"))
# RCPFullAWSAccess cannot be detached, so it stands where a listing leaves it out; an SCP can be:
# https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
_EVERYWHERE = ("p-RCPFullAWSAccess",)
# Whoever administers the organization is more principals than it has accounts: some gigabytes of rights.
_MOST_RIGHTS = 10_000
_OF_ADMINISTRATORS = Attachment(ALLOW_ALL, "administrator", "everything", None)
_OF_ROOT_USERS = Attachment(ALLOW_ALL, "root user", "everything", None)

_OF_ACCOUNT = ("aws:resourceaccount", "s3:resourceaccount")
_OF_ORGANIZATION = ("aws:resourceorgid", "aws:resourceorgpaths")
OUTSIDE = "000000000000"
"""An account that nobody has, in place of any that is in no organization."""


def _no_stores(_: Subject) -> Iterable[DataStore]:
    return ()


class _OpenStores(dict[Subject, tuple[DataStore, ...]]):
    pass


class World:
    """Subjects and rights of everybody in the directory, under the organization's policies.

    `notes` are said of every key. `asked_by_stores` has what policies of named stores ask of their callers,
    by whom they may let in; `open_stores` tells of the stores that may let a subject in.
    """

    def __init__(
        self,
        organization: Organization,
        directory: Directory,
        index: ActionIndex,
        notes: tuple[str, ...] = (),
    ) -> None:
        self.organization = organization
        self.notes = notes
        self.asked_by_stores: Mapping[str, Iterable[AskedOfCallers]] = {}
        self.open_stores: Callable[[Subject], Iterable[DataStore]] = _no_stores
        self.directory = directory
        self.index = index
        self._control_policies: dict[tuple[str, str], Policy] = {}
        self._levels: dict[tuple[str, str], Level] = {}
        self.policies = CompiledPolicies(index, lambda account_id: self.levels(account_id, "rcp"))
        self._rights: dict[Subject, Rights] = {}
        self.kept = Kept()
        self._subjects: dict[str, Subject] = {}
        self._restrained: dict[Subject, Subject] = {}
        self._binding: dict[tuple[str, str], tuple[Level, ...]] = {}
        self._overlays: dict[str, Overlay] = {}

    def forget(self) -> None:
        """Drops subjects and what was found about them; they are made again when asked for."""
        self._rights.clear()
        self._subjects.clear()
        self._restrained.clear()
        self._binding.clear()
        self._overlays.clear()
        self.kept.forget()
        self.policies.forget()

    def stores(self, subject: Subject) -> Iterable[DataStore]:
        """The named stores that may let a subject in."""
        known = self.kept.of(_OpenStores)
        found = known.get(subject)
        if found is None:
            found = known[subject] = tuple(self.open_stores(subject))
        return found

    def levels(self, account_id: str, layer: str) -> tuple[Level, ...]:
        """The SCPs or RCPs that bind an account, level by level from the root; none for management.

        A level whose attachments were not read does not bind: it could only narrow, and `notes` says so.
        """
        key = (account_id, layer)
        found = self._binding.get(key)
        if found is None:
            found = self._binding[key] = self._find_levels(account_id, layer)
        return found

    def _find_levels(self, account_id: str, layer: str) -> tuple[Level, ...]:
        policies = self.organization.scps if layer == "scp" else self.organization.rcps
        if policies is None or account_id == self.organization.management_account_id:
            return ()
        return tuple(self._level(policies, target, layer) for target in self._targets(policies, account_id))

    def _targets(self, policies: ControlPolicies, account_id: str) -> Iterable[str]:
        account = self.organization.accounts.get(account_id)
        path = account.ou_path if account and account.ou_path else ()
        return [t for t in (*(unit.id for unit in path), account_id) if t in policies.targets]

    def _level(self, policies: ControlPolicies, target: str, layer: str) -> Level:
        key = (layer, target)
        found = self._levels.get(key)
        if found is None:
            ids = (*policies.targets[target], *(_EVERYWHERE if layer == "rcp" else ()))
            attached = (self._control_policy(policies, target, i, layer) for i in dict.fromkeys(ids))
            found = self._levels[key] = Level(target, tuple(attached))
        return found

    def _control_policy(
        self, policies: ControlPolicies, target: str, policy_id: str, layer: str
    ) -> Attachment:
        policy = policies.policies.get(policy_id)
        if policy_id in _FULL_ACCESS:
            parsed = ALLOW_ALL
        elif policy is None or policy.document is None:
            parsed = unseen_policy()
        else:
            parsed = self.directory.parse.not_of_an_identity(policy.document)
        name, arn = (policy.name, policy.arn) if policy else (policy_id, None)
        return Attachment(parsed, f"{layer} {target}", name, arn)

    def rights(self, subject: Subject) -> Rights:
        """The subject's rights, kept for the next question; of very many the older half is made again."""
        found = self._rights.get(subject)
        if found is None:
            if len(self._rights) >= _MOST_RIGHTS:
                for oldest in tuple(islice(self._rights, _MOST_RIGHTS // 2)):
                    del self._rights[oldest]
            own = self.resource_overlay(subject.account_id, subject)
            found = self._rights[subject] = Rights(subject, self.policies, own)
        return found

    def subject(self, member: Member) -> Subject:
        """A user signing with an access key, or a session of a role."""
        found = self._subjects.get(member.arn)
        if found is None:
            found = self._subjects[member.arn] = self._make_subject(member)
        return found

    def _make_subject(self, member: Member) -> Subject:
        entry = self.directory.accounts[member.account_id]
        own = member.kind if member.kind == "user" else f"role {member.name}"
        attachments = [_attachment(ref, own) for ref in member.policies]
        if isinstance(member, UserMember):
            for group in member.groups:
                attachments += [
                    _attachment(r, f"group {group}") for r in entry.groups.get(group, _UNSEEN_GROUP)
                ]
        if not entry.identities_read:
            attachments.append(_attachment(_UNSEEN, own))
        quarantine = tuple(a for a in attachments if member.kind == "user" and is_quarantine(a.arn))
        return Subject(
            arn=member.arn,
            account_id=member.account_id,
            partition=entry.partition,
            unique_id=member.unique_id,
            name=member.name,
            kind=member.kind,
            identity=tuple(a for a in attachments if a not in quarantine),
            boundary=_attachment(member.boundary, "boundary") if member.boundary else None,
            scps=self.levels(member.account_id, "scp"),
            context=self._context(member, entry),
            quarantine=quarantine,
        )

    def restrained(self, subject: Subject) -> Subject:
        """The subject as AWS answers it now: under the quarantine, if there is one."""
        if not subject.quarantine:
            return subject
        found = self._restrained.get(subject)
        if found is None:
            identity = (*subject.identity, *subject.quarantine)
            found = self._restrained[subject] = replace(subject, identity=identity)
        return found

    def root(self, account_id: str) -> Subject:
        """The account's root user: SCPs bind it in a member account, nothing else does."""
        entry = self.directory.accounts[account_id]
        return self._unlimited(entry, f"arn:{entry.partition}:iam::{account_id}:root", ROOT_NAME, "root")

    def administrator(self, account_id: str, *, any_name: bool = False) -> Subject:
        """Whoever may do everything in an account: a role of a new name, or under whichever name that takes.

        A guardrail that spares named principals may spare one that exists: only `any_name` leaves that open.
        """
        entry = self.directory.accounts[account_id]
        arn = f"arn:{entry.partition}:iam::{account_id}:role/administrator"
        subject = self._unlimited(entry, arn, "administrator", "role")
        opened = frozenset(("aws:userid", "aws:username", "aws:principaltype", *OF_COMPUTE))
        opened |= {"aws:principalarn"} if any_name else frozenset()
        context = Context(
            {k: v for k, v in subject.context.known.items() if k not in opened},
            subject.context.absent - opened - {"aws:multifactorauthpresent", ISSUED},
            () if any_name else subject.context.closed_prefixes,
        )
        return replace(subject, context=context)

    def acting(self, account_id: str, arn: str, tags: Mapping[str, str]) -> Subject:
        """Whoever may do everything in an account, as a user or role of that ARN and with these tags.

        A session by a federation token is one of a user.
        """
        entry = self.directory.accounts[account_id]
        name, is_token = arn.rpartition("/")[2], ":federated-user/" in arn
        kind = "user" if is_token or ":user/" in arn else "role"
        type_ = "FederatedUser" if is_token else "User" if kind == "user" else "AssumedRole"
        subject = self._unlimited(entry, arn, name, kind)
        context = principal_context(
            Caller(
                arn=arn,
                account_id=entry.id,
                kind=type_,
                unique_id=f"{entry.id}:{name}" if is_token else None,
                name=name,
                tags=tags,
                now=entry.now,
                organization_id=self.organization.id,
                organization_path=self.organization_path(entry.id),
            )
        )
        mfa = frozenset(("aws:multifactorauthpresent", "aws:multifactorauthage"))
        session = frozenset((ISSUED,)) if kind == "user" else frozenset(OF_COMPUTE)
        return replace(subject, context=context.having({}, opened=mfa | session))

    def _unlimited(self, entry: AccountEntry, arn: str, name: str, kind: str) -> Subject:
        return Subject(
            arn=arn,
            account_id=entry.id,
            partition=entry.partition,
            unique_id="",
            name=name,
            kind=kind,
            identity=(_OF_ROOT_USERS if kind == "root" else _OF_ADMINISTRATORS,),
            boundary=None,
            scps=self.levels(entry.id, "scp"),
            context=principal_context(
                Caller(
                    arn=arn,
                    account_id=entry.id,
                    kind="Account" if kind == "root" else "User",
                    unique_id=entry.id if kind == "root" else None,
                    name=None,
                    tags={},
                    now=entry.now,
                    organization_id=self.organization.id,
                    organization_path=self.organization_path(entry.id),
                )
            ),
        )

    def _context(self, member: Member, entry: AccountEntry) -> Context:
        caller = Caller(
            arn=member.arn,
            account_id=entry.id,
            kind="User" if member.kind == "user" else "AssumedRole",
            unique_id=member.unique_id or None,
            name=member.name,
            tags=member.tags if entry.identities_read else None,
            now=entry.now,
            organization_id=self.organization.id,
            organization_path=self.organization_path(entry.id),
        )
        return principal_context(caller)

    def resource_overlay(self, account_id: str, subject: Subject | None = None) -> Overlay:
        """What a request's context says of a resource of a known account, asked by a subject.

        That of one who took this account out of the organization names no organization.
        """
        if subject is not None and subject.left and subject.account_id == account_id:
            return self.overlay_outside(account_id)
        found = self._overlays.get(account_id)
        if found is None:
            found = self._overlays[account_id] = self._told_of(account_id)
        return found

    @staticmethod
    def overlay_outside(account_id: str) -> Overlay:
        """The same of an account in no organization."""
        return (*((key, (account_id,)) for key in _OF_ACCOUNT), *((key, ()) for key in _OF_ORGANIZATION))

    def _told_of(self, account_id: str) -> Overlay:
        pairs = [(key, (account_id,)) for key in _OF_ACCOUNT]
        if account_id in self.organization.accounts and self.organization.id:
            path = self.organization_path(account_id)
            told = zip(_OF_ORGANIZATION, (self.organization.id, path), strict=True)
            pairs += [(key, (value,)) for key, value in told if value]
        return tuple(pairs)

    def organization_path(self, account_id: str) -> str | None:
        """`o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/` as `aws:PrincipalOrgPaths` holds it; None if not known."""
        account = self.organization.accounts.get(account_id)
        if account is None or not account.ou_path or not self.organization.id:
            return None
        return "/".join((self.organization.id, *(unit.id for unit in account.ou_path))) + "/"

    def roles_of(self, account_id: str) -> Iterable[RoleMember]:
        """The roles of an account that was read."""
        entry = self.directory.accounts.get(account_id)
        return entry.roles.values() if entry else ()


_UNSEEN = PolicyRef("policies not read", None, unseen_policy())
_UNSEEN_GROUP = (PolicyRef("group not read", None, unseen_policy()),)


def _attachment(ref: PolicyRef, attached_to: str) -> Attachment:
    return Attachment(ref.policy, attached_to, ref.name, ref.arn)
