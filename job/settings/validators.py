"""What a setting's text must be; each refusal says what is expected and what to write instead.

A refusal shows nothing of the value but what its form proves to be no secret, such as a role's name taken out
of its ARN: a password pasted into the wrong variable must not reach a log.
"""

from __future__ import annotations

import datetime as dt
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from job.permissions import CREDENTIALS, DATA_STORES
from job.settings.regions import region_code

ID_DIGITS = 12

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
_FIRST_DAY = dt.date(2011, 1, 1)
_IAM_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):(?P<service>iam|sts)::(?P<account>\d{12}):"
    r"(?P<kind>role|assumed-role)/(?P<name>[\w+=,.@/-]{1,512})",
    re.ASCII,
)
_KMS_ARN = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)/.+")
_ROLE_NAME = re.compile(r"([\x21-\x2e\x30-\x7e]+/)*[\w+=,.@-]{1,64}", re.ASCII)
_SHARD = re.compile(r"(?P<number>\d{1,4})/(?P<of>\d{1,4})", re.ASCII)
_RUN_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,127}", re.ASCII)
_AGGREGATOR = re.compile(r"[\w-]{1,256}", re.ASCII)
_TOPIC_ARN = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}", re.ASCII)
_UNFIT_IN_PREFIX = re.compile(r"[\x00-\x1f\x7f\\]|//|(^|/)\.\.?(/|$)")


def account_id(text: str) -> str:
    """An account's id: 12 digits, its zeros included."""
    if re.fullmatch(r"\d{12}", text, re.ASCII):
        return text
    if not (text.isascii() and text.isdecimal()):
        raise ValueError("expected an account id of 12 digits; ids are separated by commas")
    remedy = ": put the zeros back that it begins with" if len(text) < ID_DIGITS else ""
    raise ValueError(f"expected an account id of 12 digits, found {len(text)} digits{remedy}")


def bucket_name(text: str) -> str:
    """A bucket's name: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html."""
    if _BUCKET.fullmatch(text):
        return text
    if text.startswith(("s3://", "arn:", "http://", "https://")) or "/" in text:
        raise ValueError(
            "expected the name of a bucket alone, no URL, ARN or path: what follows the name is REPORT_PREFIX"
        )
    raise ValueError("expected the name of a bucket: 3 to 63 lower-case letters, digits, - and .")


def data_store_kind(text: str) -> str:
    """A kind of data stores that can be read."""
    if text not in DATA_STORES:
        raise ValueError(f"expected kinds of data stores, of {', '.join(DATA_STORES)}, separated by commas")
    return text


def config_aggregator(text: str) -> str:
    """An aggregator's name, after its Region if that is another one.

    https://docs.aws.amazon.com/config/latest/APIReference/API_ConfigurationAggregator.html
    """
    region, _, name = text.rpartition("/")
    if text.startswith("arn:") or text.count("/") > 1 or not _AGGREGATOR.fullmatch(name):
        raise ValueError(
            "expected the name of an aggregator, or REGION/NAME, not its ARN: letters, digits, - and _"
        )
    return f"{region_code(region)}/{name}" if region else name


def credential_kind(text: str) -> str:
    """A kind of credentials, other than access keys, that can be read."""
    if text not in CREDENTIALS:
        raise ValueError(f"expected kinds of credentials, of {', '.join(CREDENTIALS)}, separated by commas")
    return text


def kms_key_arn(text: str) -> str:
    """The ARN of a KMS key or alias."""
    if not _KMS_ARN.fullmatch(text):
        raise ValueError(
            "expected the ARN of a KMS key: arn:aws:kms:REGION:ACCOUNT:key/ID, not its id or alias alone"
        )
    return text


def topic_arn(text: str) -> str:
    """The ARN of a standard topic: https://docs.aws.amazon.com/sns/latest/dg/sns-create-topic.html."""
    if text.startswith("arn:") and text.endswith(".fifo"):
        raise ValueError("expected a standard topic, no FIFO topic: name another one")
    if not _TOPIC_ARN.fullmatch(text):
        raise ValueError("expected the ARN of a topic: arn:aws:sns:REGION:ACCOUNT:NAME")
    return text


def role_name(text: str) -> str:
    """A role's name, with its path if it has one and without slashes at its ends."""
    if match := _IAM_ARN.fullmatch(text):
        raise ValueError(
            f"expected the role's name, not its ARN, as every account has its own: {_role_of(match)}"
        )
    name = text.strip("/")
    if text.startswith("arn:") or not _ROLE_NAME.fullmatch(name):
        raise ValueError("expected a role name, or path/name: letters, digits and +=,.@-_, 64 at most")
    return name


def role_arn(text: str) -> str:
    """The ARN of a role."""
    match = _IAM_ARN.fullmatch(text)
    if match is None:
        raise ValueError("expected the ARN of a role: arn:aws:iam::ACCOUNT:role/NAME")
    if match["service"] == "sts":
        arn = f"arn:{match['partition']}:iam::{match['account']}:role/{_role_of(match)}"
        raise ValueError(f"expected the ARN of a role, not of its session: {arn}, with the path it may have")
    return text


def _role_of(match: re.Match[str]) -> str:
    """The role's name; a session's ARN has the name of the session behind it."""
    return match["name"].split("/")[0] if match["kind"] == "assumed-role" else match["name"]


def run_id(text: str) -> str:
    """What names a run, and a folder of its files."""
    if not _RUN_ID.fullmatch(text):
        raise ValueError("expected letters, digits and ._- (128 at most), beginning with a letter or a digit")
    return text


def shard(text: str) -> str:
    """A part of a run: `0/4` the organization, `1/4` to `4/4` a fourth of its accounts each."""
    match = _SHARD.fullmatch(text)
    if match is None or not 0 <= int(match["number"]) <= int(match["of"]) or int(match["of"]) == 0:
        raise ValueError("expected 0/N for the organization, or 1/N to N/N for a share of its accounts")
    return text


def valid_external_id(secret: SecretStr) -> SecretStr:
    """A text that AssumeRole takes: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html."""
    if not _EXTERNAL_ID.fullmatch(secret.get_secret_value()):
        raise ValueError("expected 2 to 1224 letters, digits or +=,.@:/-")
    return secret


def existing_file(location: str) -> str:
    """An `s3://` URL, or the path of a file that is there."""
    if location.startswith("s3://"):
        bucket, _, key = location.removeprefix("s3://").partition("/")
        if not _BUCKET.fullmatch(bucket) or not key or key.endswith("/"):
            raise ValueError("expected s3://BUCKET/KEY, with the key of one file")
        return location
    path = Path(location)
    try:
        if path.is_dir():
            raise ValueError("this is a folder: name a file in it")
        if path.exists() and not path.is_file():
            raise ValueError(
                "no file, but a pipe or device: write what comes of it into a file, and name that"
            )
        if not path.is_file():
            raise ValueError("no such file: give its path as this program sees it, or an s3:// URL")
        path.open("rb").close()
    except OSError as error:
        raise ValueError(
            f"this file cannot be read ({error.strerror}): see to it, or name another"
        ) from error
    return location


def writable_folder(location: str) -> str:
    """The path of a folder that is there and can be written, or that can be made."""
    if location.startswith("s3://"):
        raise ValueError("expected a folder: a bucket is REPORT_BUCKET, and the path in it REPORT_PREFIX")
    if location.startswith("~"):
        raise ValueError("only a shell knows what ~ means: write the folder's path in full")
    path = Path(location)
    try:
        found = next(each for each in (path, *path.absolute().parents) if each.exists())
        if not found.is_dir():
            raise ValueError("expected a folder, found a file there, or on the way to it: name another place")
        tempfile.TemporaryFile(dir=found).close()
    except OSError as error:
        raise ValueError(f"nothing can be written there ({error.strerror}): name another folder") from error
    return location


def key_prefix(text: str) -> str:
    """A prefix of object keys, without slashes at its ends; each part is a folder of a local tree."""
    if "://" in text:
        raise ValueError("expected folders such as security/keys: the bucket stands in REPORT_BUCKET alone")
    prefix = text.strip("/")
    if _UNFIT_IN_PREFIX.search(prefix):
        raise ValueError("expected folders such as security/keys, without .., empty ones or backslashes")
    return prefix


def tag_key(text: str) -> str:
    """A tag's key, which may be any column of one's own CSV, but no piece of another way to write a list."""
    if text.startswith(("[", '"', "'")) or text.endswith(("]", '"', "'")) or ";" in text:
        raise ValueError("expected tag keys separated by commas, without brackets or quotes")
    return text


def report_day(value: object) -> dt.date:
    """The report's day, written as a day: a number is none, though a library may take it for one of 1970."""
    text = str(value)
    try:
        day = dt.date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        raise ValueError("expected a day as YEAR-MONTH-DAY, such as 2026-11-22; leave it out for today")
    if day < _FIRST_DAY:
        raise ValueError("expected a day from 2011 on, when AWS IAM began; leave it out for today")
    return day


def endpoint_url(text: str) -> str:
    """The address of an endpoint, as the SDK takes it; never shown, as it may hold a password."""
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise ValueError("expected https://HOST or http://HOST:PORT, beginning with the scheme")
    return text


def split_list(value: object) -> object:
    """The items of a comma-separated text, each once, blanks dropped."""
    if not isinstance(value, str):
        return value
    return tuple(dict.fromkeys(item for part in value.split(",") if (item := part.strip())))


def split_accounts(value: object) -> object:
    """The items of a list that must name something: none at all would mean every account."""
    items = split_list(value)
    if isinstance(value, str) and items == ():
        raise ValueError("names no account: give ids separated by commas, or leave the setting out")
    return items


def upper(value: object) -> object:
    """The text in capitals."""
    return value.upper() if isinstance(value, str) else value


def not_disguised(text: str) -> str:
    """A value as meant, and as every output can show it.

    Docker's `--env-file` and many consoles keep quotes, which a shell takes off.
    """
    if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError("expected text in UTF-8, found bytes that are none: write it anew, or rename it")
    if not text.strip():
        raise ValueError("nothing but blanks: give a value, or leave the setting out")
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        raise ValueError("the quotes around it count as part of the value: leave them out")
    return text


def refusal_of(check: Callable[[str], str], text: str) -> str | None:
    """What a check has against a text; None when it is good."""
    try:
        check(text)
    except ValueError as error:
        return str(error)
    return None
