"""Files that settings name are looked through before anything is asked of AWS: all that is wrong, at once."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator, Mapping
from functools import partial

import orjson

from job.errors import MetadataError, SettingsError
from job.organization.metadata_csv import load_metadata_csv
from job.pipeline.access import AwsAccess
from job.pipeline.capabilities import capabilities_of, schema_of
from job.pipeline.places import read_file
from job.pipeline.sources import known_organization
from job.settings.settings import Settings
from job.settings.values import account_id, refusal_of

_TEXT = "expected an id as text, in quotes"


def check_inputs(settings: Settings, aws: AwsAccess, flags: Mapping[str, str] | None = None) -> None:
    """Refuse files that cannot be used; raises SettingsError with setting, file, place and remedy of each.

    `flags` are the words by which settings were given.
    """
    checks = {
        "REPORT_ORGANIZATION_FILE": _check_organization,
        "REPORT_METADATA_CSV": _check_csv,
        "REPORT_CAPABILITIES_FILE": _check_columns,
    }
    names = {name: f"{name} ({flags[name]})" if flags and name in flags else name for name in checks}
    problems = [
        problem
        for name, check in checks.items()
        for problem in input_problems(names[name], partial(check, settings, aws))
    ]
    if problems:
        raise SettingsError(tuple(problems))


def input_problems(name: str, check: Callable[[], object]) -> Iterator[str]:
    """What a check tells, under the name of what it looks at; settings that it names itself keep theirs."""
    try:
        check()
    except MetadataError as error:
        yield f"{name}: {error}"
    except SettingsError as error:
        yield from (each if each.startswith("REPORT_") else f"{name}: {each}" for each in error.problems)


def accounts_in(location: str, aws: AwsAccess) -> tuple[str, ...]:
    """The account ids that a file lists, one a line or as a JSON array; raises SettingsError for all else.

    A JSON number is refused: it has lost the zeros that an id may begin with.
    """
    data = read_file(location, aws).removeprefix(codecs.BOM_UTF8).strip()
    try:
        listed = orjson.loads(data) if data.startswith(b"[") else data.decode().split("\n")
    except (orjson.JSONDecodeError, UnicodeDecodeError) as error:
        raise SettingsError((f"{location}: expected ids, one a line, or a JSON array of them",)) from error
    items = [item.strip() if isinstance(item, str) else item for item in listed]
    found = [(place, item) for place, item in enumerate(items, 1) if item != ""]
    refusals = [
        (place, refusal_of(account_id, item) if isinstance(item, str) else _TEXT) for place, item in found
    ]
    problems = [f"{location}: {place}: {refusal}" for place, refusal in refusals if refusal]
    if problems or not found:
        raise SettingsError(tuple(problems) or (f"{location}: names no account: give one id a line",))
    return tuple(item for _, item in found)


def _check_organization(settings: Settings, aws: AwsAccess) -> None:
    if settings.organization_file:
        known_organization(settings.organization_file, aws)


def _check_csv(settings: Settings, aws: AwsAccess) -> None:
    if settings.metadata_csv:
        load_metadata_csv(read_file(settings.metadata_csv, aws), settings.metadata_csv)


def _check_columns(settings: Settings, aws: AwsAccess) -> None:
    """The capabilities and the columns that they and the tags make."""
    schema_of(settings, capabilities_of(settings, aws))
