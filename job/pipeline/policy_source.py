"""What this company accepts: the policy file that the settings name, from disk or S3."""

from __future__ import annotations

from job.errors import SettingsError
from job.pipeline.connections import Connections
from job.policy_file.company_policy import Policy
from job.policy_file.policy_parser import parse_policy
from job.report.risk.credential_rules import CREDENTIAL_RULES
from job.report.risk.rules import RULES
from job.settings.settings import Settings


def policy_of(settings: Settings, connections: Connections) -> Policy:
    """Return the policy of `REPORT_POLICY_FILE`; without one, that of a file that says nothing.

    Raises:
        SettingsError: the file cannot be used; every problem is named with file and line.

    """
    return read_policy(settings.policy_file, connections) if settings.policy_file else Policy()


def read_policy(location: str, connections: Connections) -> Policy:
    """Return the policy of a file; raises SettingsError as `policy_of`."""
    data = connections.read_file(location)
    try:
        return parse_policy(data, frozenset(rule.id for rule in (*RULES, *CREDENTIAL_RULES)))
    except SettingsError as error:
        raise SettingsError(tuple(f"{location}: {problem}" for problem in error.problems)) from error
