"""The snapshot's files on a storage: their names, and JSON in and out, gzipped where the name says so."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator, Mapping

import orjson

from job.errors import SnapshotError
from job.snapshot.model import Json
from job.storage.storage import Storage

ORGANIZATION = "organization.json"
MANAGED_POLICIES = "managed-policies.json"
BEGINNING = "begun.json"

_POLICY_PART = re.compile(r"managed-policies/([\w-]+)\.json(\.gz)?")
_ACCOUNT = re.compile(r"accounts/(\d{12})\.json(\.gz)?")
_GZIP_LEVEL = 3


class SnapshotFiles:
    """The files below one snapshot's folder. A plain `.json` is read wherever `.json.gz` is missing."""

    def __init__(self, storage: Storage, folder: str = "") -> None:
        self._storage = storage
        self._folder = f"{folder.strip('/')}/" if folder else ""

    def account_ids(self) -> Iterator[str]:
        """Accounts that have a file, sorted, each once."""
        found = set()
        for key in self._storage.list(f"{self._folder}accounts/"):
            if match := _ACCOUNT.fullmatch(key.removeprefix(self._folder)):
                found.add(match[1])
        yield from sorted(found)

    def read_organization(self) -> Json:
        """The decoded organization file; None when there is none."""
        return self._read(ORGANIZATION)

    def read_beginning(self) -> Json:
        """The decoded note of when the run began; None when there is none."""
        return self._read(BEGINNING)

    def was_begun_by_a_run(self) -> bool:
        """Whether a run noted that it began to write here, whatever came of it."""
        return self._storage.read(self._folder + BEGINNING) is not None

    def read_account(self, account_id: str) -> Json:
        """One account's decoded file; None when there is none."""
        return self._read(f"accounts/{account_id}.json")

    def read_managed_policies(self) -> Json:
        """The decoded file of AWS managed policies; None when there is none."""
        return self._read(MANAGED_POLICIES)

    def read_managed_policy_parts(self) -> Iterator[Json]:
        """The decoded files of AWS managed policies that each of several readers wrote for itself."""
        names = set()
        for key in self._storage.list(f"{self._folder}managed-policies/"):
            if match := _POLICY_PART.fullmatch(key.removeprefix(self._folder)):
                names.add(match[1])
        yield from (self._read(f"managed-policies/{name}.json") for name in sorted(names))

    def write_organization(self, document: Mapping[str, object]) -> None:
        """Write the organization file, plain and indented: people read it."""
        self._write_plain(ORGANIZATION, document)

    def write_beginning(self, document: Mapping[str, object]) -> None:
        """Write when the run began."""
        self._write_plain(BEGINNING, document)

    def write_account(self, account_id: str, document: Mapping[str, object]) -> None:
        """Write one account's file; its presence means that the account is done.

        Raises SnapshotError for what is no JSON: nested too deep, or text that UTF-8 has no bytes for.
        """
        self._write_gzip(f"accounts/{account_id}.json.gz", document)

    def write_managed_policies(self, document: Mapping[str, object]) -> None:
        """Write the file of AWS managed policies."""
        self._write_gzip(f"{MANAGED_POLICIES}.gz", document)

    def write_managed_policy_part(self, part: str, document: Mapping[str, object]) -> None:
        """Write one reader's own file of AWS managed policies: no other reader's news is lost by it."""
        self._write_gzip(f"managed-policies/{part}.json.gz", document)

    def _write_plain(self, name: str, document: Mapping[str, object]) -> None:
        data = orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        self._storage.write(self._folder + name, data, content_type="application/json")

    def _write_gzip(self, name: str, document: Mapping[str, object]) -> None:
        try:
            plain = orjson.dumps(document)
        except orjson.JSONEncodeError as error:
            raise SnapshotError(f"{self._storage.url(self._folder + name)}: no JSON: {error}") from error
        data = gzip.compress(plain, compresslevel=_GZIP_LEVEL, mtime=0)
        self._storage.write(self._folder + name, data, content_type="application/gzip")

    def _read(self, name: str) -> Json:
        for candidate in (f"{name}.gz", name):
            data = self._storage.read(self._folder + candidate)
            if data is not None:
                return decode(data, self._storage.url(self._folder + candidate))
        return None


def decode(data: bytes, name: str) -> Json:
    """JSON, gzipped or not, whatever the name says; raises SnapshotError that names the file."""
    try:
        plain = gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
        document: Json = orjson.loads(plain.removeprefix(b"\xef\xbb\xbf"))
    except (OSError, EOFError, zlib.error) as error:
        raise SnapshotError(f"{name}: damaged gzip data") from error
    except orjson.JSONDecodeError as error:
        raise SnapshotError(f"{name}: no JSON: {error}") from error
    if document is None:
        raise SnapshotError(f"{name}: nothing but null")
    return document
