"""Loads the settings from the environment, the only place that reads it, and tells all problems at once."""

from __future__ import annotations

import datetime as dt
import difflib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from annotated_types import Ge, Le
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from job.errors import SettingsError
from job.settings.regions import region_code
from job.settings.settings import ENV_PREFIX, Settings, setting_name
from job.settings.validators import endpoint_url, not_disguised, refusal_of

_DESTINATIONS = ("REPORT_BUCKET", "REPORT_OUTPUT_DIR")
_LONGEST_LEAD = dt.timedelta(days=366)
_NUMBER_ERRORS = ("int_", "float_", "greater_", "less_", "finite_")
_SERVICES = (
    "CONFIG_SERVICE",
    "DYNAMODB",
    "IAM",
    "KMS",
    "ORGANIZATIONS",
    "RDS",
    "RESOURCE_GROUPS_TAGGING_API",
    "S3",
    "SECRETS_MANAGER",
    "SECURITYHUB",
    "SNS",
    "SSM",
    "STS",
)
_OF_ALL_REGIONS = frozenset({"s3"})
_OF_THE_SDK = {
    "AWS_DEFAULT_REGION": region_code,
    "AWS_ENDPOINT_URL": endpoint_url,
    **{f"AWS_ENDPOINT_URL_{service}": endpoint_url for service in _SERVICES},
}
"""What else a run uses of the environment: https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html."""
_SECRET_VARIABLES = re.compile(
    r"REPORT_EXTERNAL_ID|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|AWS_SECURITY_TOKEN"
    r"|AWS_CONTAINER_AUTHORIZATION_TOKEN|AWS_BEARER_TOKEN_\w+"
)
_URL_VARIABLES = re.compile(r"(https?|all)_proxy|AWS_ENDPOINT_URL\w*", re.IGNORECASE)
_URL_PASSWORD = re.compile(r"(?:\w+://)?[^:/@]*:(.*)@")


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingDescription:
    """One row of the documents' table of settings; the default is empty where there is none."""

    name: str
    default: str
    meaning: str


def load_settings(
    overrides: Mapping[str, str] | None = None,
    *,
    destination_required: bool = True,
    flags: Mapping[str, str] | None = None,
    also: Iterable[str] = (),
    today: dt.date | None = None,
) -> Settings:
    """The settings of the environment, overridden by setting name; an empty value counts as not set.

    A destination among the overrides replaces whichever the environment names. `flags` are the words by which
    overrides were given, for whoever has to correct them, and `also` are problems of words that are no
    settings, to be told with the others. A report's date may not be far behind `today`, when that is known.

    Raises SettingsError with every problem, each beginning with its setting's name and none showing a value.
    """
    given = {name: value for name, value in (overrides or {}).items() if value}
    problems = list(_misspelt({*os.environ, *given}))
    if destination_required:
        problems += _destination_problems(given)
    problems += _sdk_problems()
    disguised = dict(_disguised({**os.environ, **given}))
    problems += disguised.items()
    try:
        settings = Settings(**_arguments(given))
        problems += _contradictions(settings, today)
    except ValidationError as error:
        found = (_problem(detail) for detail in error.errors())
        problems += [(name, text) for name, text in found if name not in disguised]
        raise _refusal(problems, given, flags or {}, also) from error
    others = tuple(also)
    if problems or others:
        raise _refusal(problems, given, flags or {}, others)
    return settings


def _refusal(
    problems: list[tuple[str, str]], given: Mapping[str, str], flags: Mapping[str, str], also: Iterable[str]
) -> SettingsError:
    """All problems, each under the name that whoever has to correct it knows."""
    known = {name: f"{name} ({flags[name]})" for name in given if name in flags}
    told = {f"{known.get(name, name)}: {text}" for name, text in problems}
    return SettingsError((*sorted(told), *also))


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


def _destination_problems(given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    named = [name for name in _DESTINATIONS if name in given]
    named = named or [name for name in _DESTINATIONS if os.environ.get(name)]
    if len(named) != 1:
        yield " or ".join(_DESTINATIONS), f"set one of them{', not both' if named else ''}"


def _misspelt(names: set[str]) -> Iterator[tuple[str, str]]:
    """Names that look like a setting's but are none: a run must not ignore what it was told."""
    known = [setting_name(attribute) for attribute in Settings.model_fields]
    for name in names:
        if name.startswith(ENV_PREFIX) and name not in known:
            close = difflib.get_close_matches(name, known, n=1, cutoff=0.85)
            yield from ((name, f"no such setting, is it {match}?") for match in close)


def _sdk_problems() -> Iterator[tuple[str, str]]:
    for name, check in _OF_THE_SDK.items():
        refusal = refusal_of(check, os.environ[name]) if os.environ.get(name) else None
        if refusal is not None:
            yield name, refusal


def _disguised(values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Settings whose value is in quotes, nothing but blanks, or no text."""
    for name in map(setting_name, Settings.model_fields):
        refusal = refusal_of(not_disguised, values[name]) if values.get(name) else None
        if refusal is not None:
            yield name, refusal


def _contradictions(settings: Settings, today: dt.date | None) -> Iterator[tuple[str, str]]:
    """What each setting may say, but not all of them together or today."""
    if settings.accounts and set(settings.accounts) <= set(settings.exclude_accounts):
        yield "REPORT_EXCLUDE_ACCOUNTS", "leaves out every account that REPORT_ACCOUNTS names"
    regional = [kind for kind in settings.data_stores if kind not in _OF_ALL_REGIONS]
    if regional and not settings.regions:
        yield "REPORT_REGIONS", f"name the Regions to read {', '.join(regional)} in"
    if settings.config_aggregator and not settings.data_stores:
        yield (
            "REPORT_CONFIG_AGGREGATOR",
            "has nothing to tell: name kinds of data stores in REPORT_DATA_STORES",
        )
    if settings.shard and not settings.run_id:
        yield "REPORT_SHARD", "is a part of a run: give REPORT_RUN_ID too, the same for all its parts"
    if today is not None and settings.date is not None and settings.date - today > _LONGEST_LEAD:
        yield "REPORT_DATE", f"more than a year ahead, today is {today} (UTC); leave it out for today"


def _problem(detail: ErrorDetails) -> tuple[str, str]:
    """The setting's name, and what is wrong with it: which of its items, and what it should be."""
    attribute, *items = detail["loc"]
    if attribute not in Settings.model_fields:
        name = str(attribute)
        if detail["type"] == "extra_forbidden":
            return f"{ENV_PREFIX}{name.upper()}", "no such setting"
        attribute = next(
            each for each, field in Settings.model_fields.items() if field.validation_alias == name
        )
    place = f"item {items[0] + 1}: " if items and isinstance(items[0], int) else ""
    return setting_name(str(attribute)), place + _expectation(str(attribute), detail)


def _expectation(attribute: str, detail: ErrorDetails) -> str:
    if detail["type"].startswith(_NUMBER_ERRORS):
        return _number_expected(attribute)
    if detail["type"].startswith("bool_"):
        return "expected true or false"
    if detail["type"] == "literal_error":
        return f"expected {detail['ctx']['expected'].replace(chr(39), '')}"
    return detail["msg"].removeprefix("Value error, ")


def _number_expected(attribute: str) -> str:
    field = Settings.model_fields[attribute]
    limits = [f" from {limit.ge}" for limit in field.metadata if isinstance(limit, Ge)]
    limits += [f" to {limit.le}" for limit in field.metadata if isinstance(limit, Le)]
    return f"expected a {'whole ' if field.annotation is int else ''}number{''.join(limits)}, without a unit"


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
