"""The findings in blocks that the page opens one at a time, each holding whole principals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from job.report.html.container import Packed, pack
from job.report.rows.account_rows import ACCOUNT_ID
from job.report.rows.finding_rows import (
    CAPABILITY,
    DATA_CLASS,
    EVIDENCE,
    METHODS,
    NARROWED_BY,
    NOTE,
    PATH,
    VERDICT,
    WITNESS_ACTION,
    WITNESS_CONTEXT,
    WITNESS_PRINCIPAL,
    WITNESS_RESOURCE,
)
from job.report.rows.key_rows import ACCESS_KEY_ID, KEY_CREATED_AT, USER_NAME
from job.report.schema.columns import AnyColumn, Row, Value
from job.report.schema.dataset import Table

SHOWN_PATHS = 40
"""Paths of one principal and capability that the page holds; the findings dataset holds all."""

BLOCK_ROWS = 3000
_SHOWN_COLUMNS: tuple[AnyColumn, ...] = (
    ACCOUNT_ID,
    USER_NAME,
    CAPABILITY,
    VERDICT,
    DATA_CLASS,
    METHODS,
    PATH,
    EVIDENCE,
    NARROWED_BY,
    WITNESS_PRINCIPAL,
    WITNESS_ACTION,
    WITNESS_RESOURCE,
    WITNESS_CONTEXT,
    NOTE,
)

Principal = tuple[Value, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The packed blocks, and which of them holds a principal (account id, user name)."""

    blocks: tuple[str, ...]
    block_of: dict[Principal, int]


def pack_evidence(findings: Table) -> Evidence:
    """Go through the findings once; a principal's keys share its paths, so the first key's are enough."""
    place = _placer(findings, (ACCOUNT_ID, USER_NAME))
    key = _placer(findings, (ACCESS_KEY_ID, KEY_CREATED_AT))
    blocks: list[str] = []
    block_of: dict[Principal, int] = {}
    block = _Block(findings)
    for (account_id, user_name), rows in groupby(findings.rows, place):
        block_of[account_id, user_name] = len(blocks)
        block.add(_of_first_key(rows, key))
        if len(block.rows) >= BLOCK_ROWS:
            blocks.append(block.packed())
            block = _Block(findings)
    if block.rows:
        blocks.append(block.packed())
    return Evidence(blocks=tuple(blocks), block_of=block_of)


def _placer(findings: Table, columns: Sequence[AnyColumn]) -> Callable[[Row], Row]:
    return itemgetter(*(findings.schema.names.index(column.name) for column in columns))


def _of_first_key(rows: Iterator[Row], key: Callable[[Row], Row]) -> list[Row]:
    _, first = next(groupby(rows, key))
    return list(first)


class _Block:
    """Rows of some principals, and how many paths of each capability were left out."""

    def __init__(self, findings: Table) -> None:
        self.rows: list[Row] = []
        self._findings = findings
        self._label = _placer(findings, (ACCOUNT_ID, USER_NAME, CAPABILITY))
        self._more: Counter[str] = Counter()

    def add(self, rows: list[Row]) -> None:
        seen: Counter[Row] = Counter()
        for row in rows:
            label = self._label(row)
            seen[label] += 1
            if seen[label] <= SHOWN_PATHS:
                self.rows.append(row)
            else:
                self._more[" ".join(map(str, label))] += 1

    def packed(self) -> str:
        names = self._findings.schema.names
        places = [names.index(column.name) for column in _SHOWN_COLUMNS]
        packed = [
            Packed(column=self._findings.schema.columns[place], cells=[row[place] for row in self.rows])
            for place in places
        ]
        return pack({"findings": packed}, {"more": dict(self._more)})
