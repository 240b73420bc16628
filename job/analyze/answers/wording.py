"""What findings are told with: hops of a path, its policies, statements in words, a sample request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from job.analyze.escalation.graph import SERVICE, Edge, Graph, Node
from job.analyze.escalation.methods import actions_of_methods
from job.analyze.evaluation.rights import Rights
from job.analyze.language.certainty import Certainty
from job.analyze.verdict import Evidence, Hop, Witness

_SHOWN_ACTIONS = ("iam:CreateUser", "s3:GetObject", "kms:Decrypt", "dynamodb:GetItem", "ec2:RunInstances")
ADMIN = "admin"
"""How a column `…_via` prints an administrator's rights."""


def hop(node: Node, by: str) -> Hop:
    """The node as a step of a path."""
    return Hop(kind=node.kind, name=node.name, by=by)


def hops(start: Node, edges: Iterable[Edge]) -> tuple[Hop, ...]:
    """The start and where each edge leads; a service is the step to the role that it acts with."""
    found, by = [hop(start, "")], list[str]()
    for edge in edges:
        by += edge.by
        if edge.target.kind != SERVICE:
            found.append(hop(edge.target, ",".join(by)))
            by = []
    return tuple(found)


def policy_hops(evidence: Iterable[Evidence]) -> tuple[Hop, ...]:
    """The policies that decide, each after the group that it comes by."""
    names = dict.fromkeys((e.attached_to, e.policy_name) for e in evidence)
    found = list[Hop]()
    for place, name in names:
        if place.startswith("group "):
            found.append(Hop(kind="group", name=place.removeprefix("group "), by=""))
        found.append(Hop(kind="policy", name=name, by=place))
    return tuple(found)


def via_of(node: Node, steps: Sequence[Edge]) -> str:
    """As whom data is read, the way a column `…_via` prints it: `direct`, `role:ARN`, `admin` or a method."""
    if not steps:
        return "direct"
    if any(step.target.kind == "account" for step in steps):
        return ADMIN
    if node.kind == "role":
        return f"role:{node.name}"
    return next((by for step in steps for by in step.by), "direct")


def texts(evidence: Iterable[Evidence]) -> str:
    """Statements in a few words, each once."""
    return "; ".join(dict.fromkeys(e.text for e in evidence))


def with_openings(evidence: Iterable[Evidence], open_keys: Iterable[str], unseen: str) -> str:
    """Statements in a few words, with the condition keys that they leave open and what must exist unseen."""
    keys = ", ".join(sorted(open_keys))
    parts = (texts(evidence), f"if {keys}" if keys else "", f"needs {unseen}" if unseen else "")
    return "; ".join(p for p in parts if p)


class _Samples(dict[str, "Witness | None"]):
    """The sample request of a principal, by its name."""


def sample_request(graph: Graph, node: Node) -> Witness | None:
    """Some request that an administrator's own policies and the organization's let through."""
    rights = graph.rights(node)
    known = rights.kept.of(_Samples)
    if node.name not in known:
        known[node.name] = _find_sample(graph, node, rights)
    return known[node.name]


def _find_sample(graph: Graph, node: Node, rights: Rights) -> Witness | None:
    index = graph.world.index
    for action in (*_SHOWN_ACTIONS, *actions_of_methods()):
        bit = index.bit(action.lower())
        if bit and not bit & rights.may:
            continue
        for templates in index.kinds(action.lower())[:1]:
            resource = templates[0].replace("${partition}", rights.subject.partition)
            resource = resource.replace("${account}", node.account_id)
            resource = resource if resource == "*" else resource.replace("*", "x")
            if rights.applicable(action.lower()).decide(resource).certainty <= Certainty.POSSIBLE:
                own = graph.world.resource_overlay(node.account_id)
                return Witness(principal=node.name, action=action, resource=resource, context=dict(own))
    return None
