"""Who leads to whom: principals as nodes, each way from one to the next as an edge with its evidence."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from job.analyze.grants import Certainty
from job.analyze.members import Member, RoleMember
from job.analyze.rights import Rights
from job.analyze.subject import Attachment, Subject
from job.analyze.verdict import Evidence, Witness
from job.analyze.world import World


@dataclass(eq=False, slots=True)
class Node:
    """A principal as somebody acts: a key of a user, a role session, an administrator of an account.

    `changes` name what somebody did to it. Without a subject it stands for all its `members` together.
    """

    key: tuple[str, ...]
    kind: str
    name: str
    account_id: str
    subject: Subject | None
    changes: frozenset[str] = frozenset()
    members: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] | None = field(default=None)


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """A way from a node to another: by which methods, how certainly, through which statements.

    `by` is the first step as `admin_via` prints it (`role:ARN`, `escalation:E46`); `unseen` says what must
    exist that the snapshot does not show. Where it stands for several changes of a principal to itself,
    `by_only` is the same with only those of some methods.
    """

    target: Node
    certainty: Certainty
    methods: tuple[str, ...]
    by: tuple[str, ...]
    evidence: tuple[Evidence, ...] = ()
    unseen: str = ""
    witness: Witness | None = None
    open_keys: frozenset[str] = frozenset()
    by_only: Callable[[frozenset[str]], Edge] | None = None


class Graph:
    """Nodes by what they are, each made once, with edges found when first asked for."""

    def __init__(self, world: World, expand: Callable[[Graph, Node], Iterable[Edge]]) -> None:
        self.world = world
        self._expand = expand
        self._nodes: dict[tuple[str, ...], Node] = {}

    def __len__(self) -> int:
        return len(self._nodes)

    def forget(self) -> None:
        """Drops all nodes, parted from one another so that their memory is free at once."""
        for node in self._nodes.values():
            node.edges = None
        self._nodes.clear()

    def member(self, member: Member) -> Node:
        """A user's key or a role's session."""
        key = ("member", member.arn)
        return self._nodes.get(key) or self._add(
            Node(key, member.kind, member.arn, member.account_id, self.world.subject(member))
        )

    def root(self, account_id: str) -> Node:
        """The root user of an account."""
        key = ("root", account_id)
        if key not in self._nodes:
            subject = self.world.root(account_id)
            self._add(Node(key, "root", subject.arn, account_id, subject))
        return self._nodes[key]

    def administrator(self, account_id: str, *, any_name: bool = False) -> Node:
        """Everything in an account; with `any_name`, in the place of a principal that guardrails spare."""
        key = ("administrator", account_id, "under any name") if any_name else ("administrator", account_id)
        if key not in self._nodes:
            subject = self.world.administrator(account_id, any_name=any_name)
            self._add(Node(key, "account", f"administrator of {account_id}", account_id, subject))
        return self._nodes[key]

    def changed(self, base: Node, changes: Mapping[str, Callable[[Subject], Subject]]) -> Node:
        """The node's principal after all the changes; those it already had are not made again."""
        if base.subject is None:
            return base
        fresh = {name: change for name, change in changes.items() if name not in base.changes}
        together = base.changes | fresh.keys()
        key = (*base.key[:2], *sorted(together))
        if key not in self._nodes:
            subject = base.subject
            for _, change in sorted(fresh.items()):
                subject = change(subject)
            self._add(Node(key, base.kind, base.name, base.account_id, subject, together))
        return self._nodes[key]

    def made(self, subject: Subject, label: str) -> Node:
        """A principal that does not exist yet."""
        key = ("made", subject.account_id, label)
        return self._nodes.get(key) or self._add(
            Node(key, subject.kind, subject.arn, subject.account_id, subject, frozenset((label,)))
        )

    def members_of_organization(self) -> Node:
        """Everything in every member account, those that were not read included."""
        key = ("organization",)
        if key not in self._nodes:
            management = self.world.organization.management_account_id
            read = sorted(a for a in self.world.directory.accounts if a != management)
            members = tuple(self.administrator(a) for a in read)
            self._add(Node(key, "account", "administrator of the member accounts", "", None, members=members))
        return self._nodes[key]

    def _add(self, node: Node) -> Node:
        self._nodes[node.key] = node
        return node

    def edges(self, node: Node) -> tuple[Edge, ...]:
        """The ways out of a node."""
        if node.edges is None:
            if node.subject is None:
                node.edges = tuple(Edge(m, Certainty.CERTAIN, (), ()) for m in node.members)
            else:
                node.edges = tuple(self._expand(self, node))
        return node.edges

    def rights(self, node: Node) -> Rights:
        """The rights of a node that is a principal."""
        if node.subject is None:
            raise TypeError(node.name)
        return self.world.rights(node.subject)


@dataclass(frozen=True, slots=True)
class Arrival:
    """How a search first came to a node: from which node, by which edge, at which certainty."""

    certainty: Certainty
    origin: Node | None
    edge: Edge | None


def reachable(graph: Graph, start: Node, *, as_it_is: bool = False) -> dict[Node, Arrival]:
    """Every node the start leads to, each at its best certainty and then by the fewest steps.

    With `as_it_is`, without further changes of the start's principal.
    """
    closed = start.key[:2] if as_it_is else None
    arrivals = {start: Arrival(Certainty.CERTAIN, None, None)}
    for level in (Certainty.CERTAIN, Certainty.POSSIBLE, Certainty.CONCEIVABLE):
        queue = deque(arrivals)
        while queue:
            node = queue.popleft()
            for edge in graph.edges(node):
                if edge.certainty <= level and edge.target not in arrivals:
                    if closed is not None and edge.target.key[:2] == closed:
                        continue
                    certainty = max(level, arrivals[node].certainty)
                    arrivals[edge.target] = Arrival(certainty, node, edge)
                    queue.append(edge.target)
    return arrivals


def route(arrivals: Mapping[Node, Arrival], goal: Node) -> list[tuple[Node, Edge]]:
    """The steps from the start of a search to one of its nodes: (node left, edge taken), in order."""
    steps = list[tuple[Node, Edge]]()
    arrival = arrivals[goal]
    while arrival.origin is not None and arrival.edge is not None:
        steps.append((arrival.origin, arrival.edge))
        arrival = arrivals[arrival.origin]
    return steps[::-1]


def with_identity(subject: Subject, *attachments: Attachment) -> Subject:
    """The subject with more identity policies."""
    return replace(subject, identity=(*subject.identity, *attachments))


def role_of(world: World, node: Node) -> RoleMember | None:
    """The role that a node is a session of."""
    if node.kind != "role" or node.subject is None:
        return None
    entry = world.directory.accounts.get(node.account_id)
    return entry.roles.get(node.name) if entry else None
