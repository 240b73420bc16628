"""Who leads to whom: principals as nodes, each way from one to the next as an edge with its evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeAlias

from job.analyze.evaluation.rights import Rights
from job.analyze.evaluation.subject import Attachment, Subject
from job.analyze.language.certainty import Certainty
from job.analyze.language.context import ANY_VALUE, Overlay
from job.analyze.principals.members import ANY_TAGS, Member
from job.analyze.principals.world import World
from job.analyze.verdict import Evidence, Witness, cause_of, joined


@dataclass(eq=False, slots=True)
class Node:
    """A principal as somebody acts: a key of a user, a role session, an administrator of an account.

    `member` is the user or role that it is, with what is attached to it when nobody changed anything;
    `changes` name what somebody did to it since. Without a subject it stands for all its `members` together.
    """

    key: tuple[str, ...]
    kind: str
    name: str
    account_id: str
    subject: Subject | None
    member: Member | None = None
    changes: frozenset[str] = frozenset()
    members: tuple[Node, ...] = ()
    edges: Edges | None = field(default=None)


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A request that shows something, kept as it was asked about: few of them are ever told."""

    principal: str
    action: str
    resource: str
    told: tuple[Overlay, ...]

    @property
    def witness(self) -> Witness:
        """The request as findings tell it, with all that is known of it."""
        context = {k: v for part in self.told for k, v in part if v and v != ANY_VALUE}
        return Witness(principal=self.principal, action=self.action, resource=self.resource, context=context)


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """A way from a node to another: by which methods, how certainly, through which statements.

    `by` is the first step as `admin_via` prints it (`role:ARN`, `escalation:E46`); `unseen` says what must
    exist that the snapshot does not show. Where it is a change of the principal that it starts from, or takes
    a tag that others set, `actors` are those who do so. Where it stands for several changes, `by_only` is the
    same with only those of some methods.
    """

    target: Node
    certainty: Certainty
    methods: tuple[str, ...]
    by: tuple[str, ...]
    evidence: tuple[Evidence, ...] = ()
    unseen: str = ""
    shown: Shown | None = None
    open_keys: frozenset[str] = frozenset()
    actors: tuple[Node, ...] = ()
    by_only: Callable[[frozenset[str]], Edge] | None = None

    @property
    def witness(self) -> Witness | None:
        """The request that shows it."""
        return self.shown.witness if self.shown else None


class Edges(tuple[Edge, ...]):  # noqa: SLOT001 - what is asked of them is kept beside the edges
    """The ways out of a node."""

    @cached_property
    def certainties(self) -> frozenset[Certainty]:
        """How certain some of them are."""
        return frozenset(edge.certainty for edge in self)

    @cached_property
    def _leading(self) -> dict[Certainty, Leading]:
        return {}

    def leading(self, level: Certainty) -> Leading:
        """Where those that are as certain as a level lead."""
        found = self._leading.get(level)
        if found is None:
            among = [edge for edge in self if edge.certainty <= level]
            found = self._leading[level] = Leading(
                frozenset(edge.target for edge in among if not edge.actors),
                tuple((edge.target, edge.actors) for edge in among if edge.actors),
            )
        return found


@dataclass(frozen=True, slots=True)
class Leading:
    """Where a node leads by itself, and where with whose help."""

    alone: frozenset[Node]
    helped: Sequence[tuple[Node, tuple[Node, ...]]]

    def leads_to(self, nodes: frozenset[Node], without: Node | None) -> bool:
        """Whether one of the nodes is among them, without somebody's help."""
        return not self.alone.isdisjoint(nodes) or any(
            target in nodes and without not in actors for target, actors in self.helped
        )

    def targets(self, without: Node | None) -> Iterable[Node]:
        """All of them, without somebody's help."""
        yield from self.alone
        yield from (target for target, actors in self.helped if without not in actors)


NO_EDGES = Edges()

_MOST_HELPED = 1000
ACTING = "acting"
"""The first part of the key of a node that is an administrator under a name and with tags asked for."""
SERVICE = "service"
"""The kind of node that stands for a service with the roles that it acts with; no principal by itself."""
Expand: TypeAlias = "Callable[[Graph, Node, tuple[Node, ...]], Iterable[Edge]]"
"""The ways out of a node, with the help of some others."""
ExpandOnly: TypeAlias = "Callable[[Graph, Node], Iterable[Edge]]"
"""Some of the ways out of a node."""
ExpandAll: TypeAlias = "Callable[[Graph, Sequence[Node]], Iterable[Edge]]"
"""The ways that several nodes go together."""


class Graph:
    """Nodes by what they are, each made once, with edges found when first asked for.

    `leave` finds the ways of a principal that lead into other accounts, `stay` what it is and may be in its
    own as its administrator; without them `expand` finds all. `join` finds the ways that several of an
    account go together.
    """

    def __init__(
        self,
        world: World,
        expand: Expand,
        leave: ExpandOnly | None = None,
        stay: ExpandOnly | None = None,
        join: ExpandAll | None = None,
    ) -> None:
        self.world = world
        self._expand = expand
        self._leave = leave
        self._stay = stay
        self._join = join
        self._outward: dict[Node, Edges] = {}
        self._inward: dict[Node, Edges] = {}
        self._nodes: dict[tuple[str, ...], Node] = {}
        self._helped: dict[tuple[Node, tuple[Node, ...]], Edges] = {}

    def __len__(self) -> int:
        return len(self._nodes)

    def forget(self) -> None:
        """Drops all nodes, parted from one another so that their memory is free at once."""
        for node in self._nodes.values():
            node.edges = None
        self._nodes.clear()
        self._helped.clear()
        self._outward.clear()
        self._inward.clear()

    def member(self, member: Member) -> Node:
        """A user's key or a role's session."""
        key = ("member", member.arn)
        return self._nodes.get(key) or self._add(
            Node(key, member.kind, member.arn, member.account_id, self.world.subject(member), member)
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

    def acting(self, account_id: str, arn: str, tags: tuple[tuple[str, str], ...] = ()) -> Node:
        """An account's administrator as the principal of that ARN and with these tags, made if need be."""
        told = [f"{name}={value}" for name, value in tags]
        key = (ACTING, arn, *told)
        if key not in self._nodes:
            subject = self.world.acting(account_id, arn, dict(tags))
            self._add(Node(key, subject.kind, arn, account_id, subject, changes=frozenset(told)))
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
            member = _as_called(base.member, subject)
            self._add(Node(key, base.kind, base.name, base.account_id, subject, member, together))
        return self._nodes[key]

    def unchanged(self, node: Node) -> Node:
        """The node's principal as it was before any change; itself where it did not exist."""
        return self._nodes.get(node.key[:2], node)

    def made(self, subject: Subject, member: Member) -> Node:
        """A principal that does not exist yet."""
        boundary = member.boundary.arn if member.boundary and member.boundary.arn else ""
        told = (f"{key}={value}" for key, value in sorted(member.tags.items()))
        tags = ("any tags",) if member.tags is ANY_TAGS else tuple(told)
        key = ("made", member.arn, boundary, *tags)
        changes = frozenset(("new", *(f"made with {part}" for part in key[2:] if part)))
        return self._nodes.get(key) or self._add(
            Node(key, subject.kind, subject.arn, subject.account_id, subject, member, changes)
        )

    def acting_for(
        self, account_id: str, service: str, what: str, edges: Callable[[], Iterable[Edge]]
    ) -> Node:
        """Whoever makes a service act with roles of an account that trust it: the same for all who do."""
        key = ("service", account_id, service, what)
        if key not in self._nodes:
            self._add(Node(key, SERVICE, service, account_id, None, edges=Edges(edges())))
        return self._nodes[key]

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

    def edges(self, node: Node, helpers: tuple[Node, ...] = ()) -> Edges:
        """The ways out of a node, some of which others may have to help with."""
        if helpers and node.subject is not None:
            found = self._helped.get((node, helpers))
            if found is None:
                if len(self._helped) >= _MOST_HELPED:
                    self._helped.clear()
                found = self._helped[node, helpers] = Edges(self._expand(self, node, helpers))
            return found
        if node.edges is None:
            if node.subject is None:
                node.edges = Edges(Edge(m, Certainty.CERTAIN, (), ()) for m in node.members)
            else:
                node.edges = Edges(self._expand(self, node, ()))
        return node.edges

    def outward(self, node: Node) -> Edges:
        """The ways out of a node that lead into other accounts, or show that it administers its own."""
        if node.edges is not None or self._leave is None:
            return Edges(
                e
                for e in self.edges(node)
                if e.target.kind == "account" or e.target.account_id != node.account_id
            )
        found = self._outward.get(node)
        if found is None:
            found = self._outward[node] = Edges(self._leave(self, node))
        return found

    def inward(self, node: Node) -> Edges:
        """What a node is and may be in its own account as its administrator, for who has all others."""
        if self._stay is None:
            return self.edges(node)
        found = self._inward.get(node)
        if found is None:
            found = self._inward[node] = Edges(self._stay(self, node))
        return found

    def together(self, nodes: Sequence[Node]) -> Iterable[Edge]:
        """The ways that several of an account go together, each doing a part; `actors` are who do."""
        return () if self._join is None else self._join(self, nodes)

    def rights(self, node: Node) -> Rights:
        """The rights of a node that is a principal."""
        if node.subject is None:
            raise TypeError(node.name)
        return self.world.rights(node.subject)


def _as_called(member: Member | None, subject: Subject) -> Member | None:
    """The member under the name and path that its requests bear, where it is a user that was given others."""
    arn = next(iter(subject.context.known.get("aws:principalarn", ())), "")
    if member is None or member.kind != "user" or ":user/" not in arn or arn == member.arn:
        return member
    path, name = arn.partition(":user")[2].rpartition("/")[::2]
    return replace(member, arn=arn, name=name, path=f"{path}/")


@dataclass(frozen=True, slots=True)
class Arrival:
    """How a search first came to a node: from which node, by which edge, at which certainty."""

    certainty: Certainty
    origin: Node | None
    edge: Edge | None


def route(arrivals: Mapping[Node, Arrival], goal: Node) -> list[tuple[Node, Edge]]:
    """The steps from the start of a search to one of its nodes: (node left, edge taken), in order.

    Whoever changes somebody on the way is come to first. Each node is looked at once, and none within
    another: a way may be as long as an organization has roles.
    """
    steps: dict[Edge, Node] = {}
    seen = set[Node]()
    waiting = [(goal, False)]
    while waiting:
        node, is_led_to = waiting.pop()
        arrival = arrivals[node]
        if arrival.origin is None or arrival.edge is None:
            continue
        if is_led_to:
            steps.setdefault(arrival.edge, arrival.origin)
        elif node not in seen:
            seen.add(node)
            waiting.append((node, True))
            waiting += [(before, False) for before in (*reversed(arrival.edge.actors), arrival.origin)]
    return [(node, edge) for edge, node in steps.items()]


def merged_edges(edges: Iterable[Edge]) -> list[Edge]:
    """One edge for one cause: the same target through the same statements, whatever the methods."""
    found: dict[tuple[object, ...], list[Edge]] = {}
    for edge in edges:
        several = edge if edge.by_only is not None else None
        key = (edge.target, edge.certainty, cause_of(edge.evidence), bool(edge.unseen), several, edge.actors)
        known = found.get(key)
        if known is None:
            found[key] = [edge]
        else:
            known.append(edge)
    return [alike[0] if len(alike) == 1 else _merged(alike) for alike in found.values()]


def _merged(alike: Sequence[Edge]) -> Edge:
    return replace(
        alike[0],
        methods=tuple(dict.fromkeys(m for e in alike for m in e.methods)),
        by=tuple(dict.fromkeys(b for e in alike for b in e.by)),
        evidence=joined(one for e in alike for one in e.evidence),
        unseen="; ".join(dict.fromkeys(e.unseen for e in alike if e.unseen)),
        shown=next((e.shown for e in alike if e.shown), None),
    )


def with_identity(subject: Subject, *attachments: Attachment) -> Subject:
    """The subject with more identity policies."""
    return replace(subject, identity=(*subject.identity, *attachments))
