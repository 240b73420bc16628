"""Needs that are about one new resource: what a way creates is what it then runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product

from job.analyze.escalation.free_names import joint
from job.analyze.escalation.steps import Step
from job.analyze.evaluation.needs import Need
from job.analyze.language.certainty import Certainty


def on_one_resource(step: Step, needs: Sequence[Need]) -> Certainty:
    """How surely one resource meets the first need, which creates it, and the others about its kind.

    Whether each need is met by itself is asked elsewhere.
    """
    first, *others = needs
    if not others or first.on is not None:
        return Certainty.CERTAIN
    return min(
        (_created_by(step, action, others) for action in _allowed(step, first)), default=Certainty.NEVER
    )


def _created_by(step: Step, action: str, others: Sequence[Need]) -> Certainty:
    template = _template(step, action)
    if template is None:
        return Certainty.CERTAIN
    about = [actions for need in others if (actions := _about(step, need, template))]
    return min(_together(step, (action, *chosen), template) for chosen in product(*about))


def _template(step: Step, action: str) -> str | None:
    """The ARNs that the created resource has; None where the action takes none, or one of several kinds."""
    any_of = step.world.index.kinds(action)[0]
    return any_of[0] if len(any_of) == 1 and any_of[0] != "*" else None


def _about(step: Step, need: Need, template: str) -> tuple[str, ...]:
    """The actions of the need that the subject may use on such a resource; none where others serve too."""
    allowed = tuple(_allowed(step, need))
    bound = (need.on is None and (template,) in step.world.index.kinds(action) for action in allowed)
    return allowed if all(bound) else ()


def _allowed(step: Step, need: Need) -> Iterable[str]:
    return (action for action in need.actions if step.world.index.bit(action) & step.rights.may)


def _together(step: Step, actions: Iterable[str], template: str) -> Certainty:
    """All the actions on one resource; those that surely reach every resource do not bear on it."""
    bound = [a for a in actions if not step.world.index.bit(a) & step.rights.sure]
    if len(bound) < 2:
        return Certainty.CERTAIN
    return joint((step.rights.applicable(action) for action in bound), (template,), step).certainty
