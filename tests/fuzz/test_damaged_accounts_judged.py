from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given

from job.analyze.answers.capabilities import load_capabilities
from job.analyze.engine import Analysis
from job.errors import SnapshotError
from job.snapshot.model import Json
from job.snapshot.parse import parse_account, parse_organization
from tests.fuzz.fuzz_mutations import ANALYZED, damaged_json
from tests.fuzz.fuzz_samples import ACCOUNT, ACCOUNT_ID, ORGANIZATION

pytestmark = pytest.mark.timeout(1800)
CAPABILITIES = load_capabilities()


def judged_users(account: Json, organization: Json) -> set[str]:
    parsed = parse_account(ACCOUNT_ID, account)
    analysis = Analysis(
        organization=parse_organization(organization), managed_policies={}, capabilities=CAPABILITIES
    )
    analysis.add(parsed)
    judged = {each.user_name for each in analysis.verdicts(ACCOUNT_ID)}
    assert {user.name for user in parsed.users if user.keys} <= judged
    return judged


@ANALYZED
@given(account=damaged_json(ACCOUNT))
def test_every_user_with_keys_of_a_damaged_account_is_judged(account: Json) -> None:
    with suppress(SnapshotError):
        assert judged_users(account, ORGANIZATION) is not None


@ANALYZED
@given(organization=damaged_json(ORGANIZATION))
def test_every_user_is_judged_under_a_damaged_organization(organization: Json) -> None:
    with suppress(SnapshotError):
        assert judged_users(ACCOUNT, organization)
