from __future__ import annotations

from argparse import ArgumentParser

import pytest

from job.cli.flags import add_setting_flags, setting_overrides
from job.cli.stages import COLLECT, ORGANIZATION, REPORT
from job.settings.load import setting_descriptions


def overrides(*words: str) -> dict[str, str]:
    parser = ArgumentParser()
    add_setting_flags(parser)
    return dict(setting_overrides(parser.parse_args(words)))


def test_every_setting_has_a_flag() -> None:
    parser = ArgumentParser()
    add_setting_flags(parser)
    assert {setting.name for setting in setting_descriptions()} <= vars(parser.parse_args([])).keys()


# Where a run's files lie, which run it is, and whom it tells: a stage alone is told the former by its own
# arguments, and tells nobody.
OF_A_RUN_ALONE = {
    "REPORT_BUCKET",
    "REPORT_OUTPUT_DIR",
    "REPORT_PREFIX",
    "REPORT_ORGANIZATION_FILE",
    "REPORT_DATE",
    "REPORT_RUN_ID",
    "REPORT_SHARD",
    "REPORT_TOPIC_ARN",
    "REPORT_SECURITY_HUB",
}


def test_every_other_setting_is_a_flag_of_the_stage_that_acts_on_it() -> None:
    parser = ArgumentParser(conflict_handler="resolve")
    for stage in (ORGANIZATION, COLLECT, REPORT):
        stage.add_arguments(parser)
    flags = {action.dest for action in vars(parser)["_actions"]}
    assert {setting.name for setting in setting_descriptions()} - flags == OF_A_RUN_ALONE


def test_what_is_read_of_an_account_by_choice_may_be_chosen_where_accounts_are_read() -> None:
    parser = ArgumentParser()
    COLLECT.add_arguments(parser)
    where = ["--organization", "organization.json", "--snapshot", "snapshot"]
    chosen = ["--data-stores", "s3", "--regions", "eu-central-1", "--credentials", "ssh_public_keys"]
    assert dict(setting_overrides(parser.parse_args([*where, *chosen, "--root-access"]))) == {
        "REPORT_DATA_STORES": "s3",
        "REPORT_REGIONS": "eu-central-1",
        "REPORT_CREDENTIALS": "ssh_public_keys",
        "REPORT_ROOT_ACCESS": "true",
    }


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
