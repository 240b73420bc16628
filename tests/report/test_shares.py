from __future__ import annotations

import pytest

from job.report.schema.packed_rows import PackedRows
from tests.report.report_samples import full_report


@pytest.mark.parametrize("shares", [2, 3, 5, 40])
def test_a_report_made_in_shares_is_the_same_report(shares: int) -> None:
    whole, shared = full_report(), full_report(shares=shares)
    assert shared.coverage == whole.coverage
    assert {table.schema.name: list(table.rows) for table in shared.tables} == {
        table.schema.name: list(table.rows) for table in whole.tables
    }
    assert len(whole.table("findings").rows) > 0


def test_packed_rows_keep_their_order_when_others_are_put_behind_them() -> None:
    def packed(start: int, end: int) -> PackedRows:
        rows = PackedRows()
        for number in range(start, end):
            rows.add((number,))
        return rows

    together = packed(0, 3)
    for start, end in ((3, 5000), (5000, 5000), (5000, 5001)):
        together.extend(packed(start, end))
    together.add((5001,))
    assert list(together) == [(number,) for number in range(5002)]
    assert len(together) == 5002
