"""Files in a local folder; a file appears under its name only when it is complete."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from job.errors import PublishError, SnapshotError

_UNFINISHED = ".unfinished-"


class FolderStorage:
    """Keys are paths below a folder, which is made when the first file is written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, key: str) -> bytes | None:
        """The file's bytes; None when there is none."""
        try:
            return (self._folder / key).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise SnapshotError(f"{self.url(key)} cannot be read: {error.strerror}") from error

    def write(
        self,
        key: str,
        data: bytes | BinaryIO,
        content_type: str = "application/octet-stream",  # noqa: ARG002 - a folder keeps no content types
    ) -> None:
        """Put the file there by renaming a complete one."""
        path = self._folder / key
        unfinished = ""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, unfinished = tempfile.mkstemp(prefix=_UNFINISHED, dir=path.parent)
            with os.fdopen(handle, "wb") as file:
                shutil.copyfileobj(io.BytesIO(data) if isinstance(data, bytes) else data, file)
            Path(unfinished).chmod(0o644)
            Path(unfinished).replace(path)
        except OSError as error:
            raise PublishError(f"{self.url(key)} cannot be written: {error.strerror}") from error
        finally:
            if unfinished:
                with suppress(OSError):
                    Path(unfinished).unlink(missing_ok=True)

    def list(self, prefix: str) -> Iterator[str]:
        """Keys that begin with the prefix, sorted; files left unfinished by a killed run are none."""
        below = self._folder / prefix.rpartition("/")[0]
        try:
            keys = [path.relative_to(self._folder).as_posix() for path in _files(below)]
        except OSError as error:
            raise SnapshotError(f"{error.filename or below} cannot be listed: {error.strerror}") from error
        yield from sorted(key for key in keys if key.startswith(prefix) and _UNFINISHED not in key)

    def url(self, key: str) -> str:
        """The file's path."""
        return str(self._folder / key)


def _files(folder: Path) -> Iterator[Path]:
    """Every file below a folder, none where there is no such folder; raises OSError for one kept from us."""
    for place, _, names in os.walk(folder, onerror=_refuse):
        yield from (path for path in (Path(place, name) for name in names) if path.is_file())


def _refuse(error: OSError) -> None:
    """What is not there, or not any more, holds nothing; what cannot be opened may hold anything."""
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise error
