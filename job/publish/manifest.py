"""Which files QuickSight's manifest names.

All files of an import must have the same columns, and there may be 1,000 of them
(https://docs.aws.amazon.com/quicksight/latest/user/data-source-limits.html). So the manifest names the folder
of all dates until either would be broken, and from then on the newest files that are alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from job.publish.layout import QUICKSIGHT_MANIFEST, dataset_folder, dataset_key
from job.publish.published_runs import list_or_refuse, read_json
from job.report.catalog import quicksight_manifest
from job.snapshot.model import JsonObject
from job.storage.storage import Storage

_MAX_FILES = 1000
_FOLDER = dataset_folder("csv", "keys")


def next_manifest(
    storage: Storage, day: date, columns: Sequence[str], latest: JsonObject | None
) -> JsonObject:
    """The manifest after the day's files were written; `latest` is the summary of the report before."""
    current = dataset_key("csv", "keys", day)
    named = _named_files(read_json(storage, QUICKSIGHT_MANIFEST))
    if latest is not None and _columns_of(latest) != list(columns):
        return _manifest_of(storage, [current])
    if named:
        return _manifest_of(storage, {*named, current})
    files = list_or_refuse(storage, _FOLDER)
    if len(files) > _MAX_FILES:
        return _manifest_of(storage, files)
    return quicksight_manifest(prefixes=[_address(storage, _FOLDER)])


def _manifest_of(storage: Storage, keys: Iterable[str]) -> JsonObject:
    """The manifest that names the newest of these files."""
    return quicksight_manifest(uris=[_address(storage, key) for key in sorted(keys)[-_MAX_FILES:]])


def _address(storage: Storage, key: str) -> str:
    """The `s3://` URL; in a local folder just the key, so that two trees of one report are the same."""
    url = storage.url(key)
    return url if url.startswith("s3://") else key


def _columns_of(summary: JsonObject) -> object:
    match summary:
        case {"columns": {"keys": list(columns)}}:
            return columns
    return None


def _named_files(manifest: JsonObject | None) -> list[str]:
    """Keys of the files that a manifest names one by one; none when it names their folder.

    Where they lay when it was written does not matter: a tree of reports may have been moved since.
    """
    match manifest:
        case {"fileLocations": [{"URIs": list(uris)}]}:
            return [_FOLDER + uri.rpartition(_FOLDER)[2] for uri in uris if isinstance(uri, str)]
    return []
