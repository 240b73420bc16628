"""Loads the settings from the environment, the only place that reads it, and tells all problems at once."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from job.errors import SettingsError
from job.settings.settings import ENV_PREFIX, Settings, setting_name

_DESTINATIONS = ("REPORT_BUCKET", "REPORT_OUTPUT_DIR")
# https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
_SECRET_VARIABLES = re.compile(
    r"REPORT_EXTERNAL_ID|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|AWS_SECURITY_TOKEN"
    r"|AWS_CONTAINER_AUTHORIZATION_TOKEN|AWS_BEARER_TOKEN_\w+"
)
_URL_VARIABLES = re.compile(r"(https?|all)_proxy|AWS_ENDPOINT_URL\w*", re.IGNORECASE)
_URL_PASSWORD = re.compile(r"(?:\w+://)?[^:/@]*:(.*)@")


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingDescription:
    """One row of README's table of settings; the default is empty where there is none."""

    name: str
    default: str
    meaning: str


def load_settings(
    overrides: Mapping[str, str] | None = None, *, destination_required: bool = True
) -> Settings:
    """The settings of the environment, overridden by setting name; an empty value counts as not set.

    A destination among the overrides replaces whichever the environment names. Raises SettingsError with
    every problem, each beginning with its setting's name and none showing a value.
    """
    given = {name: value for name, value in (overrides or {}).items() if value}
    problems = [*_misspelt({*os.environ, *given})]
    if destination_required:
        problems += _destination_problems(given)
    try:
        settings = Settings(**_arguments(given))
    except ValidationError as error:
        problems += [_problem(detail) for detail in error.errors()]
        raise SettingsError(tuple(sorted(set(problems)))) from error
    if problems:
        raise SettingsError(tuple(sorted(set(problems))))
    return settings


def secret_values(settings: Settings | None = None) -> frozenset[str]:
    """The secrets that the environment and the settings hold: what no output may show."""
    external_id = settings.external_id if settings else None
    found = {external_id.get_secret_value()} if external_id else set[str]()
    for name, value in os.environ.items():
        if _SECRET_VARIABLES.fullmatch(name):
            found.add(value)
        elif _URL_VARIABLES.fullmatch(name):
            found |= set(_passwords(value))
    return frozenset(found - {""})


def setting_descriptions() -> tuple[SettingDescription, ...]:
    """Every setting, in the order of the class."""
    return tuple(
        SettingDescription(
            name=setting_name(attribute), default=_text(field.default), meaning=field.description or ""
        )
        for attribute, field in Settings.model_fields.items()
    )


def _passwords(url: str) -> Iterator[str]:
    """The password of a URL as it stands and as it is meant."""
    if match := _URL_PASSWORD.match(url):
        yield from (match[1], unquote(match[1]))


def _arguments(given: Mapping[str, str]) -> dict[str, Any]:
    """Overrides by the names that the class takes: the attribute's, or its alias."""
    arguments: dict[str, Any] = {}
    if any(name in given for name in _DESTINATIONS):
        arguments |= {"bucket": None, "output_dir": None}
    for name, value in given.items():
        arguments[name.removeprefix(ENV_PREFIX).lower() if name.startswith(ENV_PREFIX) else name] = value
    return arguments


def _destination_problems(given: Mapping[str, str]) -> Iterator[str]:
    named = [name for name in _DESTINATIONS if name in given]
    named = named or [name for name in _DESTINATIONS if os.environ.get(name)]
    if len(named) != 1:
        yield f"{' or '.join(_DESTINATIONS)}: set one of them{', not both' if named else ''}"


def _misspelt(names: set[str]) -> Iterator[str]:
    """Names that look like a setting's but are none: a run must not ignore what it was told."""
    known = [setting_name(attribute) for attribute in Settings.model_fields]
    for name in names:
        if name.startswith(ENV_PREFIX) and name not in known:
            close = difflib.get_close_matches(name, known, n=1, cutoff=0.85)
            yield from (f"{name}: no such setting, is it {match}?" for match in close)


def _problem(detail: ErrorDetails) -> str:
    attribute = str(detail["loc"][0])
    name = setting_name(attribute) if attribute in Settings.model_fields else attribute
    if detail["type"] == "extra_forbidden":
        return f"{ENV_PREFIX}{name.upper()}: no such setting"
    return f"{name}: {detail['msg'].removeprefix('Value error, ')}"


def _text(default: object) -> str:
    match default:
        case None | "" | ():
            return ""
        case bool():
            return str(default).lower()
        case tuple():
            return ",".join(default)
        case _:
            return str(default)
