"""The credential report of an account, and the garbage that may come in its place."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Callable

from bench.seeds import AccountSeed, KeySeed, UserSeed, iso
from job.snapshot.model import ROOT_USER_NAME

COLUMNS = [
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "mfa_active",
    "access_key_1_active",
    "access_key_1_last_rotated",
    "access_key_1_last_used_date",
    "access_key_1_last_used_region",
    "access_key_1_last_used_service",
    "access_key_2_active",
    "access_key_2_last_rotated",
    "access_key_2_last_used_date",
    "access_key_2_last_used_region",
    "access_key_2_last_used_service",
    "cert_1_active",
    "cert_1_last_rotated",
    "cert_2_active",
    "cert_2_last_rotated",
]


def moment(seconds: int | None) -> str:
    """A time as the report writes it."""
    return "N/A" if seconds is None else iso(seconds).replace("Z", "+00:00")


def report_text(account: AccountSeed) -> str:
    """The whole report as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerow(_root(account))
    writer.writerows(_user(account, user) for user in account.users)
    return out.getvalue()


def _root(account: AccountSeed) -> list[str]:
    created = "2015-01-02T03:04:05+00:00"
    head = [ROOT_USER_NAME, f"arn:aws:iam::{account.id}:root", created, "not_supported", "no_information"]
    keys = account.root_keys
    return [*head, created, "not_supported", "true", *_slots(keys), "false", "N/A", "false", "N/A"]


def _user(account: AccountSeed, user: UserSeed) -> list[str]:
    dates = (
        ["true", moment(user.created + 86_400), moment(user.created), "N/A"]
        if user.password
        else ["false", "N/A", "N/A", "N/A"]
    )
    arn = f"arn:aws:iam::{account.id}:user{user.path}{user.name}"
    keys = () if user.unreported else user.keys[:2]
    slots = _slots(keys[::-1] if user.serial % 3 == 0 else keys)
    return [
        user.name,
        arn,
        moment(user.created),
        *dates,
        str(user.mfa).lower(),
        *slots,
        "false",
        "N/A",
        "false",
        "N/A",
    ]


def _slots(keys: tuple[KeySeed, ...]) -> list[str]:
    values: list[str] = []
    for key in keys:
        values += [
            str(key.active).lower(),
            moment(key.rotated),
            moment(key.used),
            key.region or "N/A",
            key.service or "N/A",
        ]
    return values + ["false", "N/A", "N/A", "N/A", "N/A"] * (2 - len(keys))


def _rows(text: str) -> tuple[str, list[str]]:
    header, *rows = text.splitlines(keepends=True)
    return header, rows


def _extra_column(text: str) -> str:
    header, rows = _rows(text)
    return header.rstrip() + ",additional_credentials_info\n" + "".join(row.rstrip() + ",\n" for row in rows)


#: How a report goes wrong, by name.
SPOILERS: dict[str, Callable[[str], str]] = {
    "empty": lambda _: "",
    "html": lambda _: "<html><body><h1>502 Bad Gateway</h1></body></html>",
    "no_header": lambda text: "".join(_rows(text)[1]),
    "missing_columns": lambda text: _columns(
        text,
        [name for name in COLUMNS if not name.startswith("access_key_")],
    ),
    "cut_row": lambda text: text[: -len(_rows(text)[1][-1]) // 2 - 1],
    "bad_dates": lambda text: text.replace("T", " at ", 40).replace("+00:00", " o'clock"),
    "short_rows": lambda text: (
        _rows(text)[0] + "".join(row[: len(row) // 3] + "\n" for row in _rows(text)[1])
    ),
    "duplicate_user": lambda text: _rows(text)[0] + "".join(row * 2 for row in _rows(text)[1]),
    "foreign": lambda text: text.replace("arn:aws:iam::", "arn:aws:iam::9"),
    "only_header": lambda text: _rows(text)[0],
    "extra_column": _extra_column,
    "reordered": lambda text: _columns(text, sorted(COLUMNS)),
    "bom_crlf": lambda text: "\ufeff" + text.replace("\n", "\r\n"),
    "blank_lines": lambda text: text.replace("\n", "\n\n"),
    "no_root": lambda text: _rows(text)[0] + "".join(_rows(text)[1][1:]),
}


def spoiled(text: str, kind: str) -> str:
    """The `Content` of a report gone wrong in one way."""
    if kind == "not_base64":
        return "%%% this is not base64 %%%"
    if kind == "latin1":
        return base64.b64encode(text.replace("user", "üser").encode("latin-1")).decode()
    if kind == "binary":
        return base64.b64encode(bytes(range(256)) * 4).decode()
    return base64.b64encode(SPOILERS[kind](text).encode()).decode()


def _columns(text: str, wanted: list[str]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, wanted, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(csv.DictReader(io.StringIO(text)))
    return out.getvalue()
