"""A file's name means one thing in the whole package."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import job

JOB = Path(job.__file__).parent
CHAPTERS_OF_ITS_OWN = "analyze"


def test_no_two_modules_share_a_name() -> None:
    names = Counter(
        path.name
        for path in JOB.rglob("*.py")
        if path.name != "__init__.py" and CHAPTERS_OF_ITS_OWN not in path.parts
    )
    assert [name for name, number in names.items() if number > 1] == []
