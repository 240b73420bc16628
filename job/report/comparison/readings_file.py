"""The file in which a run hands its last readings on: one line of JSON for the run and one for each account.

It holds every account that this report or one before it has read, so the next report needs no other to know
when an account that could not be read for weeks was read last, and what keys it had.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime

import orjson

from job.errors import SnapshotError
from job.report.comparison.key_state import KeyIdentity, KeyState, Reading
from job.report.comparison.last_readings import LastReadings
from job.report.comparison.previous import PreviousRun
from job.report.schema.cell_text import timestamp_text
from job.snapshot.decoding import MisfitError, as_object, as_texts, each, find_text, get_object, get_text
from job.snapshot.model import Json, JsonObject

_FORMAT = 1
_NAME = "last-readings.jsonl"


def header_line(run: Reading, organization_id: str | None, verdicts: Sequence[str]) -> bytes:
    """The first line; `verdicts` name the words of every key, in their order."""
    return _line(
        {
            "format": _FORMAT,
            "run_id": run.run_id,
            "report_date": run.report_date.isoformat(),
            "include_inactive": run.include_inactive,
            "organization_id": organization_id,
            "verdicts": list(verdicts),
        }
    )


def account_line(account_id: str, last: LastReadings, verdicts: Sequence[str]) -> bytes:
    """One account's line; the words of verdicts that the run does not know are left out."""
    names = (state.account_name for state in last.keys if state.account_name)
    return _line(
        {
            "account_id": account_id,
            "account_name": next(names, None),
            "users": _reading(last.users),
            "others": {name: _reading(reading) for name, reading in last.others.items()},
            "keys": [_key(state, last, verdicts) for state in last.keys],
        }
    )


def _line(record: JsonObject) -> bytes:
    """The record without what is empty; a lone surrogate, which is no Unicode, becomes `?`."""
    told = {name: value for name, value in record.items() if value not in (None, {}, [])}
    try:
        return orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"


def _reading(reading: Reading | None) -> Json:
    if reading is None:
        return None
    return [
        reading.report_date.isoformat(),
        reading.run_id,
        reading.include_inactive,
        timestamp_text(reading.read_at) if reading.read_at else None,
    ]


def _key(state: KeyState, last: LastReadings, verdicts: Sequence[str]) -> JsonObject:
    record: dict[str, Json] = {
        "user": state.user_name,
        "id": state.access_key_id,
        "mark": None if state.access_key_id else state.identity.mark,
        "arn": state.user_arn,
        "status": state.status,
        "created": _text(state.created_at),
        "rotated": _text(state.rotated_at),
        "used": _text(state.last_used_at),
        "never_used": state.never_used,
        "leaked": state.known_leaked,
        "first_seen": state.first_seen.isoformat() if state.first_seen else None,
        "seen": None if state.seen == last.of(state.user_name) else _reading(state.seen),
        "verdicts": ",".join(state.verdicts.get(name, "") for name in verdicts),
    }
    return {name: value for name, value in record.items() if value is not None}


def _text(moment: datetime | None) -> str | None:
    return timestamp_text(moment) if moment else None


def parse_readings(lines: Iterable[bytes], api_calls: Mapping[str, int]) -> PreviousRun:
    """Read the file again; raises SnapshotError for one that is damaged or of an unknown format."""
    try:
        return _previous(iter(lines), api_calls)
    except MisfitError as misfit:
        raise misfit.in_file(_NAME) from misfit
    except (ValueError, StopIteration) as error:
        raise SnapshotError(f"{_NAME}: {error}") from error


def _previous(lines: Iterator[bytes], api_calls: Mapping[str, int]) -> PreviousRun:
    header = as_object(orjson.loads(next(lines)))
    if header.get("format") != _FORMAT:
        raise MisfitError(f"expected format {_FORMAT}")
    verdicts = _Verdicts(as_texts(header.get("verdicts")))
    records = (as_object(orjson.loads(line)) for line in lines)
    return PreviousRun(
        run_id=get_text(header, "run_id"),
        report_date=date.fromisoformat(get_text(header, "report_date")),
        include_inactive=header.get("include_inactive") is True,
        organization_id=find_text(header, "organization_id"),
        accounts={get_text(record, "account_id"): _last_readings(record, verdicts) for record in records},
        api_calls=api_calls,
    )


class _Verdicts:
    """The verdicts of keys, those of the same words held once."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._shared: dict[str, Mapping[str, str]] = {}

    def of(self, words: str) -> Mapping[str, str]:
        found = self._shared.get(words)
        if found is None:
            found = self._shared[words] = dict(zip(self._names, words.split(","), strict=True))
        return found


def _last_readings(record: JsonObject, verdicts: _Verdicts) -> LastReadings:
    others = get_object(record, "others") or {}
    last = LastReadings(
        users=_parsed_reading(record.get("users")),
        others={name: _parsed_reading(reading) for name, reading in others.items()},
        keys=(),
    )
    keys = each(record, "keys", lambda key: _parsed_key(key, record, last, verdicts))
    return LastReadings(users=last.users, others=last.others, keys=keys)


def _parsed_reading(value: Json) -> Reading | None:
    match value:
        case None:
            return None
        case [str(day), str(run_id), bool(include_inactive), read_at]:
            return Reading(
                run_id=run_id,
                report_date=date.fromisoformat(day),
                include_inactive=include_inactive,
                read_at=datetime.fromisoformat(read_at) if isinstance(read_at, str) else None,
            )
    raise MisfitError("expected a reading")


def _parsed_key(key: JsonObject, record: JsonObject, last: LastReadings, verdicts: _Verdicts) -> KeyState:
    user_name, access_key_id = get_text(key, "user"), find_text(key, "id")
    seen = _parsed_reading(key.get("seen")) or last.of(user_name)
    if seen is None:
        raise MisfitError("expected a reading").inside("seen")
    mark, never_used, first_seen = (
        access_key_id or get_text(key, "mark"),
        key.get("never_used"),
        key.get("first_seen"),
    )
    return KeyState(
        identity=KeyIdentity(get_text(record, "account_id"), mark),
        user_name=user_name,
        access_key_id=access_key_id,
        account_name=find_text(record, "account_name"),
        user_arn=find_text(key, "arn"),
        status=get_text(key, "status"),
        created_at=_moment(key, "created"),
        last_used_at=_moment(key, "used"),
        never_used=never_used if isinstance(never_used, bool) else None,
        verdicts=verdicts.of(get_text(key, "verdicts")),
        seen=seen,
        rotated_at=_moment(key, "rotated"),
        first_seen=date.fromisoformat(first_seen) if isinstance(first_seen, str) else None,
        known_leaked=leaked if isinstance(leaked := key.get("leaked"), bool) else None,
    )


def _moment(key: JsonObject, name: str) -> datetime | None:
    text = find_text(key, name)
    return datetime.fromisoformat(text) if text else None
