"""Files that settings name are looked through before anything is asked of AWS: all that is wrong, at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from job.errors import MetadataError, SettingsError
from job.organization.metadata_csv import load_metadata_csv
from job.pipeline.capabilities import capabilities_of, schema_of
from job.pipeline.places import read_file
from job.pipeline.sources import known_organization
from job.settings.settings import Settings


def check_inputs(settings: Settings) -> None:
    """Refuse files that cannot be used; raises SettingsError with setting, file, place and remedy of each."""
    problems = [
        *_problems("REPORT_ORGANIZATION_FILE", lambda: _check_organization(settings)),
        *_problems("REPORT_METADATA_CSV", lambda: _check_csv(settings)),
        *_problems("REPORT_CAPABILITIES_FILE", lambda: _check_columns(settings)),
    ]
    if problems:
        raise SettingsError(tuple(problems))


def _problems(setting: str, check: Callable[[], None]) -> Iterator[str]:
    """What a check tells; settings that it names itself keep their names."""
    try:
        check()
    except MetadataError as error:
        yield f"{setting}: {error}"
    except SettingsError as error:
        yield from (each if each.startswith("REPORT_") else f"{setting}: {each}" for each in error.problems)


def _check_organization(settings: Settings) -> None:
    if settings.organization_file:
        known_organization(settings.organization_file, settings)


def _check_csv(settings: Settings) -> None:
    if settings.metadata_csv:
        load_metadata_csv(read_file(settings.metadata_csv, settings), settings.metadata_csv)


def _check_columns(settings: Settings) -> None:
    """The capabilities and the columns that they and the tags make."""
    schema_of(settings, capabilities_of(settings))
