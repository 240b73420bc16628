"""Which capabilities a run judges, and the columns that follow from them."""

from __future__ import annotations

from job.analyze.capabilities import Capability, load_capabilities
from job.pipeline.access import AwsAccess
from job.pipeline.places import read_file
from job.report.schema import ReportSchema, report_schema
from job.settings.settings import Settings


def capabilities_of(settings: Settings, aws: AwsAccess) -> tuple[Capability, ...]:
    """Return the table of capabilities, with the rows of `REPORT_CAPABILITIES_FILE`."""
    own = read_file(settings.capabilities_file, aws) if settings.capabilities_file else None
    return load_capabilities(own)


def schema_of(settings: Settings, capabilities: tuple[Capability, ...]) -> ReportSchema:
    """Return the columns of a run with these settings and capabilities."""
    return report_schema(
        built_in=load_capabilities(), capabilities=capabilities, tag_keys=settings.tag_columns
    )
