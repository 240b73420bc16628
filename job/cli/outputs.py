"""Whether what a command is to write can be written: known before the accounts are read, not after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from job.settings.validators import existing_file, refusal_of, writable_folder


def file_problems(flag: str, location: str | None, inputs: Iterable[str | None] = ()) -> Iterator[str]:
    """What stands against a file to be written, whose folder is made where it is missing.

    It must be none of the files that the command reads.
    """
    if location is None:
        return
    if location.startswith("s3://"):
        refusal = refusal_of(existing_file, location)
    elif any(each is not None and _same(location, each) for each in inputs):
        refusal = "the same file is read, and would be lost: name another one"
    else:
        refusal = _file_refusal(Path(location), location)
    if refusal is not None:
        yield f"{flag}: {location}: {refusal}"


def missing_folder_problems(flag: str, location: str | None) -> Iterator[str]:
    """What a person at a terminal is told of a file's folder that is not there: it may be a slip."""
    if location is None or location.startswith("s3://"):
        return
    folder = Path(location).parent
    if not folder.exists():
        yield f"{flag}: {location}: there is no folder {folder}: make it first, or name another one"


def folder_problems(flag: str, location: str | None) -> Iterator[str]:
    """What stands against a folder to be written, which is made where it is missing."""
    if location is None or location.startswith("s3://"):
        return
    refusal = refusal_of(writable_folder, location)
    if refusal is not None:
        yield f"{flag}: {location}: {refusal}"


def _same(one: str, other: str) -> bool:
    return not other.startswith("s3://") and Path(one).resolve() == Path(other).resolve()


def _file_refusal(path: Path, location: str) -> str | None:
    try:
        if not location or location.endswith("/") or path.is_dir():
            return "expected a file, found a folder: name a file in it"
        if path.exists() and not path.is_file():
            return "no regular file, but a pipe or device, which cannot be replaced as a whole: name a file"
        if path.is_file():
            path.open("ab").close()
    except OSError as error:
        return f"nothing can be written there ({error.strerror}): name another file"
    return refusal_of(writable_folder, str(path.parent))
