from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.history.history_days import expected, live_through, load_cases

CASES = [pytest.param(case, id=f"{file}: {case['name']}") for file, case in load_cases()]


@pytest.mark.parametrize("case", CASES)
def test_a_history_is_told_as_a_person_would_expect(case: Mapping[str, Any], tmp_path: Path) -> None:
    assert live_through(case, tmp_path) == expected(case)


def test_no_history_has_more_than_six_days_and_no_two_have_one_name() -> None:
    cases = [case for _, case in load_cases()]
    assert len(cases) >= 40
    assert len({case["name"] for case in cases}) == len(cases)
    assert max(len(case["days"]) for case in cases) == 6
