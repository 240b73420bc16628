"""Days out of a case file, each reported on and published as a run does, and what a person sees afterwards.

What the files may say is in the README beside them.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeAlias

import orjson

from job.analyze.answers.capabilities import load_capabilities
from job.pipeline.places import snapshot_folder
from job.pipeline.progress import Silent
from job.pipeline.reporting import RunIdentity
from job.pipeline.run import Outcome, ReadSnapshot, report_and_publish
from job.policy_file.company_policy import Policy
from job.publish.published_runs import find_previous
from job.settings.load import load_settings
from job.snapshot.files import SnapshotFiles
from job.snapshot.model import AccountRun
from job.storage.folder import FolderStorage
from tests.scripted_aws import HEADER

CASES = Path(__file__).parent / "cases"
ACCOUNTS = {"shop": "111111111111", "dev": "222222222222", "lab": "333333333333"}
ROOT = "<root_account>"
MADE = "2026-10-01"
NO_SLOT = "false,N/A,N/A,N/A,N/A"
POLICIES = {"s3": "s3:GetObject"}
REFUSED = {"Step": "AssumeRole", "Code": "AccessDenied", "Message": "no"}
User: TypeAlias = "list[str] | Mapping[str, Any]"
Account: TypeAlias = "str | Mapping[str, Any]"
LEFT_OUT = AccountRun(skipped="left out by REPORT_ACCOUNTS")


def load_cases() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every case with its file's name, in order."""
    for path in sorted(CASES.glob("*.json")):
        for case in json.loads(path.read_text(encoding="utf-8")):
            yield path.stem, case


def live_through(case: Mapping[str, Any], folder: Path) -> list[Mapping[str, object]]:
    """Run all days of a case; answers what is to be seen after each, of that which the case asks about."""
    storage = FolderStorage(folder)
    seen = []
    for number, day in enumerate(case["days"], start=1):
        outcome = run_day(storage, day, f"run-{number}")
        seen.append(_asked_for(day["expect"], look(storage, day["date"], outcome)))
    return seen


def expected(case: Mapping[str, Any]) -> list[Mapping[str, object]]:
    """What the case says is to be seen after each day."""
    return [day["expect"] for day in case["days"]]


def _asked_for(expect: Mapping[str, Any], seen: Mapping[str, object]) -> Mapping[str, object]:
    return {name: seen[name] for name in expect}


def run_day(storage: FolderStorage, day: Mapping[str, Any], run_id: str) -> Outcome:
    """Report on one day's snapshot, as the last stages of a run do."""
    now = datetime.fromisoformat(day.get("clock", day["date"]) + "T04:00:12+00:00")
    settings = load_settings(
        {"REPORT_INCLUDE_INACTIVE": "true" if day.get("inactive") else "false"}, destination_required=False
    )
    identity = RunIdentity(run_id=run_id, report_date=date.fromisoformat(day["date"]), now=now)
    files = SnapshotFiles(storage, snapshot_folder(day["date"], run_id))
    files.write_organization(organization(day, now))
    for name, account in day["accounts"].items():
        document = account_document(ACCOUNTS[name], account, now)
        if document is not None:
            files.write_account(ACCOUNTS[name], document)
    left_out = {ACCOUNTS[name]: LEFT_OUT for name, value in day["accounts"].items() if value == "left out"}
    snapshot = ReadSnapshot(
        settings=settings,
        capabilities=load_capabilities(),
        policy=Policy(),
        files=files,
        identity=identity,
        runs=left_out,
    )
    return report_and_publish(storage, snapshot, find_previous(storage, identity.report_date), Silent())


def organization(day: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """`organization.json`, with a control policy that allows everything."""
    accounts = [
        {
            "Id": ACCOUNTS[name],
            "Name": name,
            "State": "SUSPENDED" if value == "suspended" else "ACTIVE",
            "OUPath": [{"Id": "r-1", "Name": "Root"}],
        }
        for name, value in day["accounts"].items()
    ]
    allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    full = {"Name": "FullAWSAccess", "Arn": "arn:aws:organizations::aws:policy/full", "Document": allow}
    targets = ("r-1", *(ACCOUNTS[name] for name in day["accounts"]))
    policies = {"Policies": {"p-1": full}, "Targets": {target: ["p-1"] for target in targets}}
    return {
        "Accounts": accounts,
        "OrganizationId": day.get("organization", "o-1"),
        "ManagementAccountId": "999999999999",
        "CollectedAt": _time(now),
        "ServiceControlPolicies": policies,
        "ResourceControlPolicies": policies,
        "DelegatedAdministrators": {},
    }


def account_document(account_id: str, account: Account, now: datetime) -> dict[str, Any] | None:
    """An account's snapshot file; none for one that was not to be read."""
    head = {"AccountId": account_id, "CollectedAt": _time(now)}
    if isinstance(account, str):
        return {**head, "Failures": [REFUSED]} if account == "unread" else None
    users = {name: _user(value) for name, value in account.items() if name != "without"}
    people = {name: user for name, user in users.items() if name != ROOT}
    parts: dict[str, dict[str, Any]] = {
        "report": {"CredentialReport": {"GeneratedTime": _time(now), "Content": _report(account_id, users)}},
        "details": {"AuthorizationDetails": _details(account_id, people)},
        "keys": {"AccessKeys": [key for name, user in people.items() for key in _keys(name, user)]},
    }
    failures = [
        {"Step": "ListAccessKeys", "Code": "AccessDenied", "Message": "no", "UserName": name}
        for name, user in people.items()
        if "denied" in user
    ]
    missing = account.get("without", [])
    failures += [{"Step": name, "Code": "AccessDenied", "Message": "no"} for name in missing]
    kept = {name: part for key, value in parts.items() if key not in missing for name, part in value.items()}
    return {**head, **kept, "Failures": failures}


def _user(value: User) -> Mapping[str, Any]:
    return {"keys": value} if isinstance(value, list) else value


def _keys(name: str, user: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for text in user.get("keys", ()):
        key = _words(text)
        yield {
            "UserName": name,
            "AccessKeyId": key["id"],
            "Status": key["status"],
            "CreateDate": f"{key.get('made', MADE)}T12:00:00Z",
            "LastUsed": _last_use(key.get("used", "")),
        }


def _last_use(day: str) -> dict[str, str] | None:
    """GetAccessKeyLastUsed's answer: never, on a day, or none (`?`)."""
    never = {"ServiceName": "N/A", "Region": "N/A"}
    used = {"ServiceName": "s3", "Region": "N/A", "LastUsedDate": f"{day}T00:00:00Z"}
    return None if day == "?" else used if day else never


def _words(text: str) -> dict[str, str]:
    """`A1 off made 2026-11-02` as names and values."""
    first, *words = text.split()
    pairs = [word for word in words if word != "off"]
    status = "Inactive" if "off" in words else "Active"
    return {"id": first, "status": status, **dict(zip(pairs[::2], pairs[1::2], strict=True))}


def _details(account_id: str, users: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    details = [
        {
            "UserName": name,
            "Arn": f"arn:aws:iam::{account_id}:user/{name}",
            "Path": "/",
            "UserId": f"AIDA{name}",
            "CreateDate": "2020-01-01T00:00:00Z",
            "UserPolicyList": [_policy(POLICIES[user["policy"]])] if "policy" in user else [],
        }
        for name, user in users.items()
    ]
    return {"UserDetailList": details, "GroupDetailList": [], "RoleDetailList": [], "Policies": []}


def _policy(action: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return {"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}


def _report(account_id: str, users: Mapping[str, Mapping[str, Any]]) -> str:
    rows = [_row(account_id, ROOT, users.get(ROOT, {}))]
    rows += [_row(account_id, name, user) for name, user in users.items() if name != ROOT]
    return "\n".join([HEADER, *rows]) + "\n"


def _row(account_id: str, name: str, user: Mapping[str, Any]) -> str:
    arn = f"arn:aws:iam::{account_id}:" + ("root" if name == ROOT else f"user/{name}")
    texts = _stated(user["keys"]) if "keys" in user else user.get("slots", user.get("denied", []))
    slots = ",".join(_slot(text) for text in [*texts, "", ""][:2])
    return f"{name},{arn},2020-01-01T00:00:00+00:00,false,N/A,N/A,N/A,false,{slots},false,N/A,false,N/A"


def _stated(keys: Sequence[str]) -> list[str]:
    """The slots that the report shows for keys that could be listed."""
    words = [_words(text) for text in keys]
    return [f"{'off' if key['status'] == 'Inactive' else 'on'} {key.get('made', MADE)}" for key in words]


def _slot(text: str) -> str:
    """`on 2026-10-01`, `off 2026-10-01`, or nothing."""
    if not text:
        return NO_SLOT
    state, rotated = text.split()
    return f"{'true' if state == 'on' else 'false'},{rotated}T12:00:00+00:00,N/A,N/A,N/A"


def look(storage: FolderStorage, day: str, outcome: Outcome) -> dict[str, object]:
    """What is published for the date, and what was said about it."""
    latest = orjson.loads(storage.read("latest/summary.json") or b"null")
    return {
        "keys": [_past(row) for row in _rows(storage, "keys", day)],
        "changes": [_change(row) for row in _rows(storage, "changes", day)],
        "latest": latest and latest["run_id"],
        "exit": outcome.exit_code,
        "said": list(outcome.publication.notes),
    }


def _rows(storage: FolderStorage, dataset: str, day: str) -> Sequence[Mapping[str, str]]:
    data = storage.read(f"csv/{dataset}/dt={day}/{dataset}-{day}.csv") or b""
    return list(csv.DictReader(io.StringIO(data.decode())))


def _past(row: Mapping[str, str]) -> str:
    name = row["access_key_id"] or row["user_name"]
    return f"{name} {row['change'] or 'null'} {row['first_seen_date'] or 'null'}"


def _change(row: Mapping[str, str]) -> str:
    words = [row["access_key_id"] or row["user_name"], row["change"], row["capability"]]
    return " ".join([*filter(None, words), "since", row["previous_report_date"]])


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
