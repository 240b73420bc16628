"""Where something was not looked at that may lead on, `none` is not proved: the answer is unknown."""

from __future__ import annotations

from dataclasses import replace

from job.analyze.answers.administration import Administration
from job.analyze.verdict import AdminAccess, CapabilityVerdict, Verdict


def left_open(administration: Administration, reason: str) -> Administration:
    """The answer about administration, where there is a reason why none is not proved."""
    if not reason or administration.access is not AdminAccess.NONE:
        return administration
    return replace(administration, access=AdminAccess.UNKNOWN, reason=reason)


def left_unproved(verdict: CapabilityVerdict, reason: str) -> CapabilityVerdict:
    """The same of a kind of data."""
    if not reason or verdict.verdict is not Verdict.NONE:
        return verdict
    return replace(verdict, verdict=Verdict.UNKNOWN, reason=reason)
