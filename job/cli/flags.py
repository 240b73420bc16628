"""A flag for every setting, made from the settings themselves: `REPORT_MIN_COVERAGE` is `--min-coverage`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Collection, Mapping

from job.settings.load import setting_descriptions

LOG_SETTINGS = ("REPORT_LOG_LEVEL", "REPORT_LOG_FORMAT")


def add_setting_flags(parser: ArgumentParser, names: Collection[str] | None = None) -> None:
    """Add the flags of these settings, of all by default; each help text names its setting."""
    group = parser.add_argument_group("settings", "each may stand in the environment instead")
    for setting in setting_descriptions():
        if names is not None and setting.name not in names:
            continue
        text = f"{setting.meaning} [{setting.name}]".replace("%", "%%")
        if setting.default == "false":
            group.add_argument(_flag(setting.name), dest=setting.name, nargs="?", const="true", help=text)
        else:
            group.add_argument(_flag(setting.name), dest=setting.name, metavar="…", help=text)


def setting_overrides(arguments: Namespace) -> Mapping[str, str]:
    """Return what was given by flag, under the settings' names."""
    names = {setting.name for setting in setting_descriptions()}
    return {name: value for name, value in vars(arguments).items() if name in names and value is not None}


def given_flags(arguments: Namespace) -> Mapping[str, str]:
    """Return the flags that were used, by the names of their settings."""
    return {name: _flag(name) for name in setting_overrides(arguments)}


def _flag(name: str) -> str:
    return f"--{name.removeprefix('REPORT_').lower().replace('_', '-')}"
