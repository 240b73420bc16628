"""How bad each key and other credential of one user is, and what of it the policy file accepts, as text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from job.report.rows.credential_rows import CredentialRecord
from job.report.rows.key_record import KeyRecord
from job.report.rows.outcome import AccountOutcome

ACCESS_KEY = "access_key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepting:
    """The exception of the policy file that covers something, with the last day on which it counts."""

    id: str
    reason: str
    owner: str | None
    expires: date


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRisk:
    """The risk of one key or other credential, in the words of the report.

    `kind` is `access_key` or that of a credential, `id` None where it has none. `open_risk_level` is None
    where all of its rules are accepted.
    """

    kind: str
    id: str | None
    service: str | None
    owner: str | None
    risk_level: str
    risk_reasons: tuple[str, ...]
    recommended_action: str
    risk_status: str
    accepted_reasons: tuple[str, ...]
    open_risk_level: str | None
    exception: Accepting | None


def risks_of(outcome: AccountOutcome, user_name: str) -> tuple[HeldRisk, ...]:
    """Of everything that a user holds: the keys, oldest first, then the others."""
    keys = (_of(key, ACCESS_KEY, key.key.access_key_id, None, key.owner) for key in outcome.keys)
    others = (
        _of(held, held.kind.value, held.credential.id, held.credential.service, held.owner)
        for held in outcome.credentials
    )
    return tuple(risk for name, risk in (*keys, *others) if name == user_name)


def _of(
    held: KeyRecord | CredentialRecord, kind: str, id_: str | None, service: str | None, owner: str | None
) -> tuple[str, HeldRisk]:
    accepting = held.standing.exception
    return held.user.name, HeldRisk(
        kind=kind,
        id=id_,
        service=service,
        owner=owner,
        risk_level=held.risk.level,
        risk_reasons=held.risk.reasons,
        recommended_action=held.risk.action,
        risk_status=held.standing.status,
        accepted_reasons=held.standing.accepted,
        open_risk_level=held.standing.open_level,
        exception=Accepting(
            id=accepting.id, reason=accepting.reason, owner=accepting.owner, expires=accepting.expires
        )
        if accepting
        else None,
    )


def risk_lines(risk: HeldRisk) -> Iterator[str]:
    """Say how bad it is, whose it is, and what is accepted until when by which exception."""
    because = f" ({'; '.join(risk.risk_reasons)})" if risk.risk_reasons else ""
    owner = f"; owner {risk.owner}" if risk.owner else ""
    yield f"{risk.risk_status} risk {risk.risk_level}{because}: {risk.recommended_action}{owner}"
    if risk.exception is not None:
        asked = f", {risk.exception.owner}" if risk.exception.owner else ""
        what = "; ".join(risk.accepted_reasons)
        by = f"{risk.exception.id} ({what}): {risk.exception.reason}{asked}"
        yield f"accepted until {risk.exception.expires} by {by}"
        yield f"still open: {risk.open_risk_level or 'nothing'}"


def credential_name(risk: HeldRisk) -> str:
    """`service specific ACCA… for bedrock`, or what else it is."""
    words = [risk.kind.replace("_", " "), risk.id or "", f"for {risk.service}" if risk.service else ""]
    return " ".join(filter(None, words))
