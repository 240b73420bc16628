"""What a credential of one service permits there: its owner's own rights, and nothing beyond."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from job.analyze.answers.capabilities import Capability
from job.analyze.answers.own_access import Accesses
from job.analyze.data_stores.inventory import Inventory
from job.analyze.escalation.graph import Graph, Node
from job.analyze.verdict import Verdict


class ServicePermits:
    """The verdicts of owners on the capabilities of single services.

    Such a credential takes no role and changes nothing outside its service, so that only what the owner may
    do itself counts.
    """

    def __init__(
        self, graph: Graph, services: Mapping[str, tuple[Capability, ...]], inventory: Inventory
    ) -> None:
        self._services = services
        self._accesses = Accesses(graph, (one for listed in services.values() for one in listed), inventory)

    def forget(self) -> None:
        """Drops what was found; it is found again when asked for."""
        self._accesses.forget()

    def of(self, owner: Node, services: Iterable[str]) -> Mapping[str, Mapping[str, Verdict]]:
        """By service and capability; a service that the table does not know is left out."""
        return {
            service: {one.id: self._accesses.of(owner, one).verdict for one in self._services[service]}
            for service in sorted(services)
            if service in self._services
        }
