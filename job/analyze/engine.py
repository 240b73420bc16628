"""The analysis: accounts in, one by one; then, for each account, what its keys can do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from job.analyze.answers.capabilities import Capability, load_service_capabilities
from job.analyze.answers.own_access import Accesses
from job.analyze.answers.principal_verdicts import Judge
from job.analyze.answers.service_permits import ServicePermits
from job.analyze.answers.store_access import StoreAccesses
from job.analyze.data_stores.inventory import Inventory
from job.analyze.data_stores.opening import opening_of
from job.analyze.data_stores.reading import StoreReader
from job.analyze.escalation.graph import Graph, Node
from job.analyze.escalation.methods import actions_of_methods, load_methods
from job.analyze.escalation.ways import ChangingBy, Entering
from job.analyze.evaluation.rights import Rights
from job.analyze.principals.directory import Directory
from job.analyze.principals.world import ROOT_NAME, World
from job.analyze.service_reference.action_table import action_index
from job.analyze.service_reference.data_age import stale_note
from job.analyze.simulate import PERMITTED, Answer, Request, answer, permitted
from job.analyze.verdict import PrincipalVerdicts, StoreAccess, StoreOpening, Witness
from job.snapshot.model import Account, ManagedPolicy, Organization

_KEPT_NODES = 1_500


class Analysis:
    """Takes all accounts first (`add`), since roles lead from one to another, then answers for each.

    It needs no AWS, clock or environment: the same snapshot gives the same verdicts. A `report_date` lets it
    say when what it knows of AWS's services is old.
    """

    def __init__(
        self,
        *,
        organization: Organization,
        managed_policies: Mapping[str, ManagedPolicy],
        capabilities: Iterable[Capability],
        report_date: date | None = None,
    ) -> None:
        self._directory = Directory(managed_policies)
        table = tuple(capabilities)
        own_actions = (a for c in table for a in c.actions)
        of_services = load_service_capabilities()
        service_actions = (a for listed in of_services.values() for c in listed for a in c.actions)
        index = action_index((*actions_of_methods(), *own_actions, *service_actions))
        stale = stale_note(report_date) if report_date else None
        self._world = World(organization, self._directory, index, (stale,) if stale else ())
        methods = load_methods(index)
        entering = Entering(methods)
        self._graph = Graph(self._world, entering, entering.outward, entering.inward, entering.together)
        self._inventory = Inventory(self._directory.parse.not_of_an_identity)
        self._world.asked_by_stores = self._inventory.asking
        self._world.open_stores = self._inventory.open_to
        self._reader = StoreReader(self._world, self._inventory)
        self._stores = StoreAccesses(self._graph, self._inventory, self._reader)
        self._judge = Judge(
            self._graph,
            ChangingBy(methods),
            Accesses(self._graph, table, self._inventory),
            self._stores,
            methods,
        )
        self._permits = ServicePermits(self._graph, of_services, self._inventory)

    def add(self, account: Account) -> None:
        """Takes an account in; the snapshot itself is not kept."""
        self._directory.add(account)
        self._inventory.add(account)

    def verdicts(self, account_id: str) -> tuple[PrincipalVerdicts, ...]:
        """What the keys of an account's users and root user can do, by user name; all accounts must be in.

        Users who hold other credentials are among them.

        Raises:
            KeyError: the account was not added.

        """
        entry = self._directory.accounts[account_id]
        names = (*entry.key_users, *entry.credential_users)
        nodes = {name: self._graph.member(entry.users[name]) for name in names}
        if entry.root_keys:
            nodes[ROOT_NAME] = self._graph.root(account_id)
        found = tuple(
            replace(
                self._judge.judge(node, name),
                permits=self._permits.of(node, entry.credential_users.get(name, ())),
            )
            for name, node in sorted(nodes.items())
        )
        if len(self._graph) > _KEPT_NODES:
            self._judge.forget()
            self._permits.forget()
        self._inventory.release(account_id)
        return found

    def forget(self) -> None:
        """Let go of every account at once: what refers to one another would stay until it is searched for."""
        self._judge.forget()
        self._permits.forget()
        self._directory.forget()
        self._inventory.forget()

    def simulate(self, request: Request) -> Answer:
        """One concrete request by a user (or `<root_account>`) with a long-term key, a quarantine in force.

        Raises:
            KeyError: the account or the user is not in the snapshot.

        """
        rights = self._rights(request.account_id, request.user_name)
        return answer(self._world, rights, request, self._reader)

    def accepts(self, witness: Witness) -> Answer:
        """The one-request evaluator's answer to a finding's witness, made by a user, a role or a root user.

        It looks at what verdicts look at: no quarantine, and the policies of named stores only where without
        them the request would not get through.

        Raises:
            KeyError: there is no such principal.

        """
        found = self._answered(witness, None)
        return found if found.verdict in PERMITTED else self._answered(witness, self._reader)

    def accepts_access(self, access: StoreAccess) -> Answer:
        """The same of the witness of an access to a named store, whose own policy answers as well.

        Where the way leads over an account's administrator, the principal may be given what it lacks.

        Raises:
            KeyError: there is no such principal.

        """
        found = self._answered(access.witness, self._reader)
        if found.verdict in PERMITTED or all(hop.kind != "account" for hop in access.path):
            return found
        return self._answered(access.witness, self._reader, acting=True)

    def stores(self, account_id: str) -> tuple[StoreOpening, ...]:
        """The named stores of an account, by ARN; none where none were asked for."""
        return tuple(map(opening_of, self._inventory.of_account(account_id)))

    def store_blocked_by(self, account_id: str, user_name: str, store_arn: str) -> str | None:
        """The layer that keeps a principal itself from a named store that something lets it read.

        Raises:
            KeyError: the account or the user is not in the snapshot.

        """
        entry = self._directory.accounts[account_id]
        root = user_name == ROOT_NAME
        node = self._graph.root(account_id) if root else self._graph.member(entry.users[user_name])
        return self._stores.blocked_by(node, store_arn)

    def _answered(self, witness: Witness, stores: StoreReader | None, *, acting: bool = False) -> Answer:
        account_id = witness.principal.split(":")[4]
        request = Request(
            account_id=account_id,
            user_name=witness.principal,
            action=witness.action,
            resource=witness.resource,
            context=witness.context,
            absent=frozenset(),
        )
        node = self._graph.acting if acting else self._by_arn
        rights = self._graph.rights(node(account_id, witness.principal))
        return permitted(self._world, self._as_called(rights, witness), request, stores)

    def _as_called(self, rights: Rights, witness: Witness) -> Rights:
        """The rights of the session by a federation token that a witness is of, where it is of one."""
        called, subject = witness.context.get("aws:principalarn", ()), rights.subject
        if not any(":federated-user/" in arn for arn in called):
            return rights
        context = subject.context.having({"aws:principalarn": called}, frozenset(("aws:username",)))
        return self._world.rights(replace(subject, context=context))

    def _rights(self, account_id: str, user_name: str) -> Rights:
        entry = self._directory.accounts[account_id]
        node = (
            self._graph.root(account_id)
            if user_name == ROOT_NAME
            else self._graph.member(entry.users[user_name])
        )
        rights = self._graph.rights(node)
        restrained = self._world.restrained(rights.subject)
        return rights if restrained is rights.subject else self._world.rights(restrained)

    def _by_arn(self, account_id: str, arn: str) -> Node:
        entry = self._directory.accounts[account_id]
        if arn in entry.roles:
            return self._graph.member(entry.roles[arn])
        if arn.endswith(":root"):
            return self._graph.root(account_id)
        user = next((u for u in entry.users.values() if u.arn == arn), None)
        # Whoever is not there is made by an administrator, under a name that conditions ask for.
        return self._graph.acting(account_id, arn) if user is None else self._graph.member(user)
