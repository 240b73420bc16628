from __future__ import annotations

from pathlib import Path

import pytest

from job.errors import SettingsError
from job.pipeline.connections import Connections
from job.pipeline.inputs import accounts_in
from job.settings.settings import Settings

CONNECTIONS = Connections(Settings())


@pytest.mark.parametrize(
    "text",
    [
        "000000000001\n111122223333\n",
        "\ufeff000000000001\r\n\r\n  111122223333",
        '["000000000001", "111122223333"]',
        ' [\n "000000000001",\n "111122223333"]\n',
    ],
)
def test_ids_stand_one_a_line_or_in_a_json_array(tmp_path: Path, text: str) -> None:
    (tmp_path / "ids").write_bytes(text.encode())
    assert accounts_in(str(tmp_path / "ids"), CONNECTIONS) == ("000000000001", "111122223333")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("000000000001\n1\n", "2: expected an account id of 12 digits, found 1 digits"),
        ('["000000000001", 111122223333]', "2: expected an id as text, in quotes"),
        ('["000000000001"', "expected ids, one a line, or a JSON array of them"),
        ("", "names no account"),
        ("[]", "names no account"),
        ("\n\n", "names no account"),
    ],
)
def test_anything_else_is_refused_with_its_place(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "ids").write_text(text)
    with pytest.raises(SettingsError) as refused:
        accounts_in(str(tmp_path / "ids"), CONNECTIONS)
    assert refused.value.problems[0].startswith(f"{tmp_path / 'ids'}: {problem}")
    assert len(refused.value.problems) == 1
