"""Everybody in the organization and what is attached to them: snapshots in, entries and indexes out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC
from sys import intern

from job.analyze.evaluation.aws_rules import is_reserved
from job.analyze.language.document import Policy, PolicyParser, parse_policy, unseen_policy
from job.analyze.principals.members import AccountEntry, OwnPolicy, PolicyRef, RoleMember, UserMember
from job.analyze.principals.trusted_principals import EKS_PODS, Trusted, cluster_of, service_of, trusted_by
from job.snapshot.model import (
    OTHER_CREDENTIALS,
    Account,
    Group,
    InlinePolicy,
    Json,
    ManagedPolicy,
    Role,
    User,
)

_ALLOW_ALL: dict[str, Json] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}
ALLOW_ALL = parse_policy(_ALLOW_ALL)
# Without these lists there are credentials that nobody tells of; what is told is as complete as with them.
_OF_NO_VERDICT = frozenset(
    {
        OTHER_CREDENTIALS,
        "ListServiceSpecificCredentials",
        "ListSigningCertificates",
        "ListSSHPublicKeys",
    }
)
ADMINISTRATOR_ACCESS = ":iam::aws:policy/AdministratorAccess"


class Directory:
    """All accounts added so far, with roles indexed by whom they trust."""

    def __init__(self, managed_policies: Mapping[str, ManagedPolicy]) -> None:
        self.parse = PolicyParser()
        self.accounts: dict[str, AccountEntry] = {}
        self.managed = managed_policies
        self.by_name: dict[str, list[RoleMember]] = defaultdict(list)
        self.by_session: dict[str, list[RoleMember]] = defaultdict(list)
        self.by_account: dict[str, list[RoleMember]] = defaultdict(list)
        self.by_service: dict[tuple[str, str], list[RoleMember]] = defaultdict(list)
        self.services: dict[str, set[str]] = defaultdict(set)
        self.federated: dict[str, list[RoleMember]] = defaultdict(list)
        self.clusters: dict[str, dict[str, list[RoleMember]]] = defaultdict(dict)
        self.anyone: list[RoleMember] = []
        self.named_from: dict[str, set[str]] = defaultdict(set)
        self._trusted: dict[Policy, Trusted] = {}
        self.trusts_ask_for_tags = False
        self._managed_refs: dict[str, PolicyRef] = {}
        self._own_policies: dict[str, tuple[PolicyRef, ...]] = {}

    def add(self, account: Account) -> AccountEntry:
        """Takes an account in; its snapshot is not kept."""
        refs = _References(self, account)
        roles = {r.arn: refs.role(r) for r in account.roles}
        entry = AccountEntry(
            id=account.account_id,
            partition=account.partition,
            now=_timestamp(account),
            identities_read=account.identities_read,
            users={u.name: refs.user(u) for u in account.users},
            roles=roles,
            groups={name: refs.attached(g) for name, g in account.groups.items()},
            group_arns={name: g.arn for name, g in account.groups.items()},
            policies=refs.own,
            root_keys=account.root is not None and bool(account.root.keys),
            key_users=tuple(u.name for u in account.users if u.keys),
            credential_users=_credential_users(account),
            notes=tuple(_notes(account)),
            user_notes=_user_notes(account),
        )
        self.accounts[entry.id] = entry
        for role in roles.values():
            self._index(role)
        return entry

    def forget(self) -> None:
        """Drops all accounts, and what was parsed of them."""
        for kept in (self.accounts, self.by_name, self.by_session, self.by_account, self.by_service):
            kept.clear()
        named = (self.federated, self.clusters, self.named_from)
        for others in (self.services, *named, self._trusted, self._own_policies):
            others.clear()
        self.anyone.clear()
        self._managed_refs.clear()
        self.parse = PolicyParser()

    def trusted(self, trust: Policy) -> Trusted:
        """Whom a trust policy may let in."""
        found = self._trusted.get(trust)
        if found is None:
            found = self._trusted[trust] = trusted_by(trust)
        return found

    def _index(self, role: RoleMember) -> None:
        trusted = self.trusted(role.trust)
        for name in trusted.names:
            if ":assumed-role/" in name:
                self.by_session[name.rpartition("/")[0]].append(role)
            else:
                self.by_name[name].append(role)
            parts = name.split(":")
            if len(parts) > 4 and parts[4] != role.account_id:
                self.named_from[parts[4]].add(name)
        self.trusts_ask_for_tags |= trusted.asks_for_tags
        for account_id in trusted.accounts:
            self.by_account[account_id].append(role)
        # A role of AWS's own is used by its service alone, and nobody passes it.
        services = frozenset[str]() if role.fixed else trusted.services
        for service in services | set(map(service_of, trusted.federated)):
            self.by_service[role.account_id, service].append(role)
            self.services[role.account_id].add(service)
        if trusted.federated:
            self.federated[role.account_id].append(role)
            for cluster in filter(None, map(cluster_of, trusted.federated)):
                self._index_by_cluster(role, cluster)
        if trusted.anyone:
            self.anyone.append(role)

    def _index_by_cluster(self, role: RoleMember, cluster: str) -> None:
        """Pods of a cluster get into roles of each account that has registered its identity provider.

        It is the cluster of one of the accounts whose roles trust it.
        https://docs.aws.amazon.com/eks/latest/userguide/cross-account-access.html
        """
        by_account = self.clusters[cluster]
        own = by_account.setdefault(role.account_id, [])
        others = [one for account_id, listed in by_account.items() if listed is not own for one in listed]
        for account_id in by_account.keys() - {role.account_id}:
            self.by_service[account_id, EKS_PODS].append(role)
        if not own:
            self.by_service[role.account_id, EKS_PODS] += others
        own.append(role)

    def managed_ref(self, arn: str) -> PolicyRef | None:
        """An AWS managed policy that was read."""
        found = self._managed_refs.get(arn)
        if found is None:
            policy = self.managed.get(arn)
            if policy is not None:
                found = self.reference(policy)
            elif arn.endswith(ADMINISTRATOR_ACCESS):
                found = PolicyRef("AdministratorAccess", arn, ALLOW_ALL)
            if found is not None:
                self._managed_refs[arn] = found
        return found

    def own_policies(self, entry: AccountEntry) -> tuple[PolicyRef, ...]:
        """An account's own managed policies in their default versions."""
        found = self._own_policies.get(entry.id)
        if found is None:
            found = self._own_policies[entry.id] = tuple(p.ref for p in entry.policies.values())
        return found

    def reference(self, policy: ManagedPolicy) -> PolicyRef:
        """A managed policy in its default version."""
        document = policy.versions.get(policy.default_version)
        parsed = unseen_policy() if document is None else self.parse(document)
        return PolicyRef(policy.name, policy.arn, parsed)


class _References:
    """The policies of one account, each resolved once."""

    def __init__(self, directory: Directory, account: Account) -> None:
        self._directory = directory
        self._account = account
        self._found: dict[str, PolicyRef] = {}
        self._lists: dict[tuple[PolicyRef, ...], tuple[PolicyRef, ...]] = {}
        self._tags: dict[frozenset[tuple[str, str]], Mapping[str, str]] = {}
        self.own = {arn: self._versions(policy) for arn, policy in account.policies.items()}

    def _versions(self, policy: ManagedPolicy) -> OwnPolicy:
        default, versions = policy.default_version, policy.versions
        parse = self._directory.parse
        others = tuple((name, parse(document)) for name, document in versions.items() if name != default)
        return OwnPolicy(self._directory.reference(policy), len(versions), others)

    def tags(self, owner: User | Role) -> Mapping[str, str]:
        """The owner's tags; those that many owners have alike are held once."""
        return self._tags.setdefault(frozenset(owner.tags.items()), owner.tags)

    def managed(self, arn: str) -> PolicyRef:
        """The policy in effect behind an ARN: the account's own file first, then the organization's."""
        found = self._found.get(arn)
        if found is None:
            own = self.own.get(arn)
            if own is not None and (own.versions or not arn.endswith(ADMINISTRATOR_ACCESS)):
                found = own.ref
            else:
                found = self._directory.managed_ref(arn)
            if found is None:
                found = PolicyRef(arn.rpartition("/")[2], arn, unseen_policy())
            self._found[arn] = found
        return found

    def _inline(self, policies: Iterable[InlinePolicy]) -> Iterable[PolicyRef]:
        for policy in policies:
            yield PolicyRef(intern(policy.name), None, self._directory.parse(policy.document))

    def attached(self, owner: User | Role | Group) -> tuple[PolicyRef, ...]:
        """Inline policies, then managed ones, as attached to the owner itself."""
        found = (*self._inline(owner.inline_policies), *map(self.managed, owner.attached_policies))
        return self._lists.setdefault(found, found)

    def user(self, user: User) -> UserMember:
        """A user as an entry."""
        return UserMember(
            kind="user",
            arn=user.arn,
            account_id=self._account.account_id,
            name=user.name,
            path=intern(user.path),
            unique_id=user.user_id,
            tags=self.tags(user),
            policies=self.attached(user),
            boundary=self.managed(user.boundary_arn) if user.boundary_arn else None,
            groups=user.groups,
            keys=None if user.keys is None else len(user.keys),
            password_enabled=user.credentials.password_enabled if user.credentials else None,
            mfa_active=user.credentials.mfa_active if user.credentials else None,
        )

    def role(self, role: Role) -> RoleMember:
        """A role as an entry."""
        return RoleMember(
            kind="role",
            arn=role.arn,
            account_id=self._account.account_id,
            name=role.name,
            path=intern(role.path),
            unique_id=role.role_id,
            tags=self.tags(role),
            policies=self.attached(role),
            boundary=self.managed(role.boundary_arn) if role.boundary_arn else None,
            trust=self._directory.parse(role.trust),
            fixed=is_reserved(role.path),
            has_profile=bool(role.instance_profiles),
        )


def _credential_users(account: Account) -> Mapping[str, frozenset[str]]:
    """The account's users with credentials other than access keys, and the services that those open."""
    services = defaultdict[str, set[str]](set)
    for credential in account.other_credentials:
        services[credential.user_name].update({credential.service} if credential.service else ())
    names = {user.name for user in account.users}
    return {name: frozenset(opened) for name, opened in services.items() if name in names}


def _timestamp(account: Account) -> str | None:
    at = account.collected_at
    return f"{at.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat()}Z" if at else None


def _notes(account: Account) -> Iterable[str]:
    if not account.identities_read:
        yield "policies were not read"
    for failure in account.failures:
        if failure.user is None and failure.step not in _OF_NO_VERDICT:
            yield f"{failure.step} failed: {failure.code}"


def _user_notes(account: Account) -> Mapping[str, tuple[str, ...]]:
    arns = {user.name: user.arn for user in account.users} if account.failures else {}
    notes = defaultdict[str, list[str]](list)
    for failure in account.failures:
        if failure.user in arns and failure.step not in _OF_NO_VERDICT:
            notes[arns[failure.user]].append(f"{failure.step} failed: {failure.code}")
    return {arn: tuple(texts) for arn, texts in notes.items()}
