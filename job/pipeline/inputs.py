"""Files that settings name: read once, before AWS is asked anything, and all that is wrong told at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from job.analyze.answers.capabilities import Capability
from job.aws.policy_documents import JsonObject
from job.errors import MetadataError, SettingsError, SnapshotError
from job.organization.metadata import load_metadata
from job.organization.metadata_csv import csv_lines, load_metadata_csv
from job.pipeline.chosen_capabilities import capabilities_of, schema_of
from job.pipeline.connections import Connections
from job.pipeline.policy_source import policy_of
from job.policy_file.company_policy import Policy
from job.settings.settings import Settings
from job.snapshot.parse import parse_organization

Parsed = TypeVar("Parsed")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTags:
    """Tags from a CSV of one's own in the form of `organization.json`, and the line of each account."""

    file: str
    metadata: JsonObject
    lines: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What was found in the files; None for the organization or tags that no setting names a file of."""

    organization: JsonObject | None
    own_tags: OwnTags | None
    capabilities: tuple[Capability, ...]
    policy: Policy


def read_inputs(
    settings: Settings, connections: Connections, flags: Mapping[str, str] | None = None
) -> Inputs:
    """Read the files; raises SettingsError with setting, file, place and remedy of each that cannot be used.

    `flags` are the words by which settings were given.
    """
    readers = _Readers(settings, connections)
    problems: list[str] = []

    def read(name: str, reader: Callable[[], Parsed]) -> Parsed | None:
        try:
            return named(f"{name} ({flags[name]})" if flags and name in flags else name, reader)
        except SettingsError as error:
            problems.extend(error.problems)
            return None

    inputs = Inputs(
        organization=read("REPORT_ORGANIZATION_FILE", readers.organization),
        own_tags=read("REPORT_METADATA_CSV", readers.own_tags),
        capabilities=read("REPORT_CAPABILITIES_FILE", readers.capabilities) or (),
        policy=read("REPORT_POLICY_FILE", readers.policy) or Policy(),
    )
    if problems:
        raise SettingsError(tuple(problems))
    return inputs


def named(name: str, read: Callable[[], Parsed]) -> Parsed:
    """What was read; what is wrong with it raises SettingsError under the name of the flag or setting.

    Settings that a problem names itself keep theirs.
    """
    try:
        return read()
    except MetadataError as error:
        raise SettingsError((f"{name}: {error}",)) from error
    except SettingsError as error:
        problems = (each if each.startswith("REPORT_") else f"{name}: {each}" for each in error.problems)
        raise SettingsError(tuple(problems)) from error


def known_organization(location: str, connections: Connections) -> JsonObject:
    """Read an organization's file; raises MetadataError for whatever would stop the report later."""
    document = load_metadata(connections.read_file(location), location)
    try:
        parse_organization(document, location)
    except SnapshotError as error:
        raise MetadataError(str(error)) from error
    return document


@dataclass(frozen=True, slots=True)
class _Readers:
    settings: Settings
    connections: Connections

    def organization(self) -> JsonObject | None:
        file = self.settings.organization_file
        return known_organization(file, self.connections) if file else None

    def own_tags(self) -> OwnTags | None:
        file = self.settings.metadata_csv
        if not file:
            return None
        data = self.connections.read_file(file)
        return OwnTags(file=file, metadata=load_metadata_csv(data, file), lines=csv_lines(data, file))

    def capabilities(self) -> tuple[Capability, ...]:
        """The capabilities, once it is known that they and the tags make columns."""
        capabilities = capabilities_of(self.settings, self.connections)
        schema_of(self.settings, capabilities)
        return capabilities

    def policy(self) -> Policy:
        """What this company accepts; nothing without a file."""
        return policy_of(self.settings, self.connections)
