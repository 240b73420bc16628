"""What a setting's text must be; each refusal says what is expected and never repeats the value."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from pydantic import SecretStr

_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)


def matching(pattern: str, expectation: str) -> Callable[[str], str]:
    """A check that the whole text matches a pattern."""
    compiled = re.compile(pattern, re.ASCII)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(f"expected {expectation}")
        return text

    return check


def valid_external_id(secret: SecretStr) -> SecretStr:
    """A text that AssumeRole takes: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html."""
    if not _EXTERNAL_ID.fullmatch(secret.get_secret_value()):
        raise ValueError("expected 2 to 1224 letters, digits or +=,.@:/-")
    return secret


def existing_file(location: str) -> str:
    """An `s3://` URL, or the path of a file that is there."""
    if not location.startswith("s3://") and not Path(location).is_file():
        raise ValueError("no such file")
    return location


def without_slashes(text: str) -> str:
    """A prefix or path without slashes at its ends."""
    return text.strip("/")


def split_list(value: object) -> object:
    """The items of a comma-separated text, each once, blanks dropped."""
    if not isinstance(value, str):
        return value
    return tuple(dict.fromkeys(item for part in value.split(",") if (item := part.strip())))


def upper(value: object) -> object:
    """The text in capitals."""
    return value.upper() if isinstance(value, str) else value
