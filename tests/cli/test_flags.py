from __future__ import annotations

from argparse import ArgumentParser

import pytest

from job.cli.flags import add_setting_flags, setting_overrides
from job.settings.load import setting_descriptions


def overrides(*words: str) -> dict[str, str]:
    parser = ArgumentParser()
    add_setting_flags(parser)
    return dict(setting_overrides(parser.parse_args(words)))


def test_every_setting_has_a_flag() -> None:
    parser = ArgumentParser()
    add_setting_flags(parser)
    assert {setting.name for setting in setting_descriptions()} <= vars(parser.parse_args([])).keys()


def test_a_flag_is_its_settings_value() -> None:
    assert overrides("--min-coverage", "95", "--accounts", "012345678901") == {
        "REPORT_MIN_COVERAGE": "95",
        "REPORT_ACCOUNTS": "012345678901",
    }


def test_a_switch_needs_no_value() -> None:
    assert overrides("--include-inactive") == {"REPORT_INCLUDE_INACTIVE": "true"}


def test_without_flags_nothing_is_overridden() -> None:
    assert overrides() == {}


def test_a_command_shows_only_the_flags_that_concern_it(capsys: pytest.CaptureFixture[str]) -> None:
    parser = ArgumentParser()
    add_setting_flags(parser, ("REPORT_TAG_COLUMNS",))
    parser.print_help()
    text = capsys.readouterr().out
    assert "--tag-columns" in text
    assert "--bucket" not in text
