"""Which capabilities a run judges, and the columns that follow from them."""

from __future__ import annotations

import codecs

from job.analyze.answers.capabilities import Capability, load_capabilities
from job.errors import SettingsError
from job.pipeline.connections import Connections
from job.report.rows.datasets import ReportSchema, report_schema
from job.settings.settings import Settings

_FORM = '{"id": "my_data", "title": "My data", "alternatives": [{"needs": [["s3:GetObject"]]}]}'


def capabilities_of(settings: Settings, connections: Connections) -> tuple[Capability, ...]:
    """Return the table of capabilities, with the rows of `REPORT_CAPABILITIES_FILE`."""
    file = settings.capabilities_file
    if not file:
        return load_capabilities()
    rows = connections.read_file(file).removeprefix(codecs.BOM_UTF8)
    try:
        return load_capabilities(rows)
    except SettingsError as error:
        raise SettingsError(tuple(_in_file(problem, file) for problem in error.problems)) from error


def _in_file(problem: str, file: str) -> str:
    """The problem between the file's name and the form that a row has."""
    setting = "REPORT_CAPABILITIES_FILE: "
    return f"{setting}{file}: {problem.removeprefix(setting)}; a row has the form {_FORM}"


def schema_of(settings: Settings, capabilities: tuple[Capability, ...]) -> ReportSchema:
    """Return the columns of a run with these settings and capabilities."""
    return report_schema(
        built_in=load_capabilities(), capabilities=capabilities, tag_keys=settings.tag_columns
    )
