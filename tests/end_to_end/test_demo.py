from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from job.demo.spec import load_demo
from tests.embedded import ROOT, run_job
from tests.end_to_end.published import parse_csv
from tests.in_process import run_here

pytestmark = pytest.mark.usefixtures("this_process_as_before")

STORIES: Mapping[str, Mapping[str, str]] = {
    "break-glass": {"admin_access": "direct", "never_used": "true", "risk_level": "critical"},
    "org-automation": {"admin_access": "escalates", "s3_read": "all"},
    "billing-export": {"admin_access": "none", "s3_read": "none", "rds_read": "none"},
    "siem-collector": {"admin_access": "none", "s3_read": "some", "reachable_accounts": "2"},
    "auditor-readonly": {"admin_access": "none", "s3_read": "all"},
    "log-shipper": {"s3_read": "none"},
    "jorge.netadmin": {"admin_access": "none", "s3_read": "all"},
    "ci-deployer": {"admin_access": "escalates", "s3_read": "some", "reachable_accounts": "3"},
    "ci-artifacts": {"admin_access": "none", "s3_read": "all", "user_groups": "ci"},
    "terraform-runner": {"admin_access": "escalates"},
    "app-legacy": {"s3_read": "some", "dynamodb_read": "some", "rds_read": "none"},
    "deploy-lambda": {"admin_access": "escalates", "admin_via": "escalation:E46"},
    "contractor-marketing": {"s3_read": "conditional", "never_used": "false"},
    "payments-batch": {"dynamodb_read": "all", "s3_read": "none"},
    "finance-export": {"s3_read": "none", "limited_by": "mfa"},
    "card-reconciler": {"secrets_read": "some", "s3_read": "none"},
    "hl7-gateway": {"s3_read": "none"},
    "admin-backup": {"admin_access": "direct"},
    "qa-robot": {"admin_access": "escalates", "admin_via": "escalation:E01"},
    "qa-rollback": {"admin_access": "escalates"},
    "=SUM": {"account_name": "payments-test"},
    "NA": {"admin_access": "none", "s3_read": "some", "sensitive_stores": "acme-payments-test-copy"},
    "lee.dev": {"admin_access": "escalates"},
    "hackathon-bot": {
        "admin_access": "direct",
        "limited_by": "quarantine;scp",
        "known_leaked": "true",
        "risk_level": "critical",
        "risk_reasons": "admin;known_leaked;reads_all",
        "recommended_action": "deactivate",
    },
    "intern": {"admin_access": "none", "reachable_roles": "0"},
    "anna": {"admin_access": "direct", "limited_by": "scp"},
}


@dataclass(frozen=True, kw_only=True)
class Shown:
    output: Path
    text: str
    seconds: float


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    output = tmp_path_factory.mktemp("demo") / "out"
    began = time.monotonic()
    finished = run_job("demo", "--output", str(output))
    assert finished.returncode == 0, finished.stderr
    assert finished.stderr == ""
    return Shown(output=output, text=finished.stdout, seconds=time.monotonic() - began)


def keys(shown: Shown) -> list[dict[str, str]]:
    return parse_csv((shown.output / "latest" / "keys.csv").read_bytes())


def test_it_is_done_within_a_minute(shown: Shown) -> None:
    assert shown.seconds < 60


def test_it_says_what_it_found_and_where(shown: Shown) -> None:
    assert "1 key is known to be leaked; 38 keys, 3 of them accepted; 4 administrators" in shown.text
    assert "not read completely: 600000000071 acquired-crm" in shown.text
    assert "latest/report.html" in shown.text.replace("\n", "")


def test_the_example_of_a_policy_file_shows_what_is_accepted_and_what_has_expired(shown: Shown) -> None:
    summary = orjson.loads((shown.output / "latest" / "summary.json").read_text())
    states = {
        each["id"]: (each["state"], each["keys"], each["credentials"])
        for each in summary["policy"]["exceptions"]
    }
    assert states == {
        "SEC-1207": ("holds", 1, 0),
        "SEC-1311": ("holds", 2, 0),
        "SEC-1402": ("holds", 0, 1),
        "SEC-0988": ("expired", 1, 0),
    }
    assert sum(summary["counts"]["accepted"].values()) == 3
    assert sum(summary["counts"]["credentials"]["accepted"].values()) == 1
    row = next(row for row in keys(shown) if row["user_name"] == "break-glass")
    assert (row["owner"], row["risk_status"], row["open_risk_level"]) == (
        "cloud-platform",
        "accepted",
        "high",
    )


def test_it_names_the_leaked_key_before_all_others(shown: Shown) -> None:
    table = shown.text.partition("keys that matter most")[2]
    users = [row["user_name"] for row in keys(shown)]
    named = sorted((table.index(name), name) for name in users if name in table)
    assert named[0][1] == "hackathon-bot"


@pytest.mark.parametrize("user_name", STORIES)
def test_a_key_tells_its_story(shown: Shown, user_name: str) -> None:
    row = next(row for row in keys(shown) if row["user_name"] == user_name)
    assert {name: row[name] for name in STORIES[user_name]} == STORIES[user_name]


def test_every_seeded_key_of_a_readable_account_has_a_row(shown: Shown) -> None:
    expected = sorted(
        (account["id"], user["name"])
        for account in load_demo()["accounts"]
        if account.get("reader", True) and account.get("state", "ACTIVE") == "ACTIVE"
        for user in account["users"]
        for key in user["keys"]
        if key.get("active", True)
    )
    found = sorted((row["account_id"], row["user_name"]) for row in keys(shown))
    assert [row for row in found if row[1] != "<root_account>"] == expected


def test_root_keys_are_there_without_an_id(shown: Shown) -> None:
    roots = [row for row in keys(shown) if row["principal_type"] == "root"]
    assert [(row["account_name"], row["access_key_id"]) for row in roots] == [
        ("acme-management", ""),
        ("health-prod", ""),
    ]


def test_accounts_keep_their_zeros_and_their_place(shown: Shown) -> None:
    row = next(row for row in keys(shown) if row["user_name"] == "app-legacy")
    assert (row["account_id"], row["ou_path"]) == ("012345678901", "Root/Workloads/Prod")
    assert (row["tag_environment"], row["tag_data_classification"]) == ("Production", "Restricted")


def test_ages_count_from_today(shown: Shown) -> None:
    row = next(row for row in keys(shown) if row["user_name"] == "contractor-marketing")
    assert row["key_age_days"] == "2400"
    assert row["report_date"] == datetime.now(UTC).date().isoformat()


def published_rows(shown: Shown, dataset: str) -> list[dict[str, str]]:
    (file,) = (shown.output / "csv" / dataset).rglob("*.csv")
    return parse_csv(file.read_bytes())


def test_every_seeded_store_has_a_row_with_its_tags(shown: Shown) -> None:
    seeded = {
        (account["id"], store["name"], orjson.dumps(store.get("tags", {}), option=orjson.OPT_SORT_KEYS))
        for account in load_demo()["accounts"]
        for store in account.get("stores", ())
    }
    found = {
        (row["account_id"], row["store_name"], row["store_tags"].encode())
        for row in published_rows(shown, "stores")
    }
    assert found - seeded == {("200000000011", "acme-security-reports", b"{}")}
    assert seeded <= found
    assert len(seeded) >= 40


def test_the_policies_of_stores_tell_their_stories(shown: Shown) -> None:
    told = {
        (row["user_name"], row["store_name"]): (row["verdict"], row["sensitive"])
        for row in published_rows(shown, "access")
    }
    assert told["NA", "acme-payments-test-copy"] == ("all", "true")
    assert told["warehouse-sync", "acme-lake-personal"] == ("conditional", "true")
    assert told["ci-artifacts", "acme-lake-exports"] == ("all", "true")
    assert [name for _, name in told if name in ("vault", "processor/vault-master")] == []


def test_a_reader_of_another_accounts_store_is_told_with_both_accounts(shown: Shown) -> None:
    reads = next(
        row
        for row in published_rows(shown, "access")
        if (row["user_name"], row["store_name"]) == ("ci-artifacts", "acme-lake-exports")
    )
    assert (reads["account_id"], reads["store_account_id"]) == ("300000000022", "410000000033")
    assert "bucket acme-lake-exports: bucket policy#1(Artifacts)" in reads["reason"]


def test_the_sample_in_the_readme_is_of_the_demo(shown: Shown) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text.partition("<!-- sample of the demo -->")[2].partition("<!-- end of the sample -->")[0]
    head, _, *lines = [
        [cell.strip() for cell in line.strip("| ").replace("|", " | ").split(" | ")]
        for line in table.strip().splitlines()
    ]
    names = [cell.strip("`") for cell in head]
    printed = [dict(zip(names, map(str.strip, line), strict=True)) for line in lines]
    by_user = {row["user_name"]: {name: row[name] for name in names} for row in keys(shown)}
    assert printed == [by_user[row["user_name"]] for row in printed]


def explained(shown: Shown, *words: str) -> str:
    finished = run_here("explain", "--snapshot", str(shown.output), *words)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def test_explain_shows_the_way_over_two_accounts(shown: Shown) -> None:
    words = ("--user", "300000000022/ci-deployer", "--capability", "s3_read")
    text = run_job("explain", "--snapshot", str(shown.output), *words).stdout
    assert "ci-deployer in account 300000000022 (shared-services)" in text
    assert "-> role arn:aws:iam::410000000033:role/etl-reader" in text
    assert "allows: role etl-reader: AmazonS3ReadOnlyAccess#1" in text
    assert "\nrds_read" not in text


def test_explain_finds_a_key_by_its_id_and_speaks_json(shown: Shown) -> None:
    row = next(row for row in keys(shown) if row["user_name"] == "deploy-lambda")
    document = orjson.loads(explained(shown, "--key", row["access_key_id"], "--json"))
    assert document["account_name"] == "shop-prod"
    assert document["verdicts"]["admin_access"] == "escalates"
    assert document["keys"][0]["access_key_id"] == row["access_key_id"]


def test_explain_limits_its_json_to_one_capability(shown: Shown) -> None:
    words = ("--user", "012345678901/app-legacy", "--capability", "s3_read", "--json")
    verdicts = orjson.loads(explained(shown, *words))["verdicts"]
    assert list(verdicts["capabilities"]) == ["s3_read"]
    assert {finding["capability"] for finding in verdicts["findings"]} == {"s3_read"}


def test_explain_speaks_of_the_root_user(shown: Shown) -> None:
    assert "admin_access: direct" in explained(shown, "--user", "100000000001/<root_account>")


@pytest.mark.parametrize(
    ("words", "code", "problem"),
    [
        (("--key", "AKIANOBODY"), 1, "no account of the snapshot has a key AKIANOBODY"),
        (("--user", "012345678901/nobody"), 1, "knows no key of nobody"),
        (("--user", "nobody"), 2, "write ACCOUNT/NAME"),
        (
            ("--user", "012345678901/app-legacy", "--capability", "x"),
            2,
            "--capability x: there is admin_access",
        ),
    ],
)
def test_explain_says_what_it_cannot_find(
    shown: Shown, words: tuple[str, ...], code: int, problem: str
) -> None:
    finished = run_here("explain", "--snapshot", str(shown.output), *words)
    assert finished.returncode == code
    assert problem in finished.stderr
    assert finished.stderr.count("\n") == 1


def simulated(shown: Shown, *words: str) -> tuple[int, str, str]:
    finished = run_here("simulate", "--snapshot", str(shown.output), *words)
    return finished.returncode, finished.stdout, finished.stderr


def test_simulate_answers_one_request_for_a_person(shown: Shown) -> None:
    code, text, _ = simulated(
        shown,
        *("--user", "410000000032/payments-batch", "--action", "s3:PutObject"),
        *("--resource", "arn:aws:s3:::any/thing"),
    )
    assert code == 0
    assert text.splitlines()[0] == "denied"
    assert "  allowed by user: AmazonS3FullAccess#1" in text
    assert text.splitlines()[-1] == "  blocked by boundary"


def test_simulate_has_the_quarantine_in_force_that_the_verdicts_pass_over(shown: Shown) -> None:
    asked = ("--user", "430000000051/hackathon-bot", "--resource", "*", "--json")
    _, instances, _ = simulated(shown, *asked, "--action", "ec2:RunInstances")
    _, tables, _ = simulated(shown, *asked, "--action", "dynamodb:ListTables")
    assert (orjson.loads(instances)["verdict"], orjson.loads(instances)["blocked_by"]) == ("denied", "deny")
    assert orjson.loads(tables)["verdict"] == "allowed"


def test_simulate_says_what_only_aws_may_change(shown: Shown) -> None:
    code, text, _ = simulated(
        shown,
        *("--user", "410000000034/admin-backup", "--action", "iam:CreatePolicyVersion"),
        *("--resource", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
    )
    assert code == 0
    assert text.splitlines()[0] == "denied"
    assert text.splitlines()[-1] == "  blocked by aws"


@pytest.mark.parametrize(
    ("action", "resource", "whose"),
    [
        ("kms:Decrypt", "arn:aws:kms:eu-central-1:500000000061:key/k", "the key's policy"),
        ("sts:AssumeRole", "arn:aws:iam::999999999999:role/r", "the role's trust policy"),
        ("sqs:SendMessage", "arn:aws:sqs:eu-central-1:999999999999:q", "a policy of the resource's account"),
    ],
)
def test_simulate_names_the_policy_that_it_would_need(
    shown: Shown, action: str, resource: str, whose: str
) -> None:
    words = ("--user", "500000000061/anna", "--action", action, "--resource", resource)
    _, text, _ = simulated(shown, *words)
    assert text.splitlines()[0] == "unknown"
    assert text.splitlines()[-1] == f"  needs {whose} too, which the snapshot does not hold"


def test_simulate_takes_the_context_of_a_request(shown: Shown) -> None:
    request = (
        *("--user", "012345678901/contractor-marketing", "--action", "s3:GetObject"),
        *("--resource", "arn:aws:s3:::b/k", "--json"),
    )
    _, open_answer, _ = simulated(shown, *request)
    _, inside, _ = simulated(shown, *request, "--context", "aws:SourceIp=198.51.100.7")
    _, outside, _ = simulated(shown, *request, "--context", "aws:SourceIp=203.0.113.9")
    assert orjson.loads(open_answer)["verdict"] == "conditional"
    assert orjson.loads(open_answer)["open"] == ["aws:SourceIp"]
    assert orjson.loads(inside)["verdict"] == "allowed"
    assert orjson.loads(outside)["verdict"] == "denied"


def test_simulate_names_what_a_conditional_answer_depends_on(shown: Shown) -> None:
    _, text, _ = simulated(
        shown,
        *("--user", "012345678901/contractor-marketing", "--action", "s3:GetObject"),
        *("--resource", "arn:aws:s3:::b/k"),
    )
    assert "  depends on aws:SourceIp" in text.splitlines()


def test_simulate_answers_a_file_line_by_line(shown: Shown, tmp_path: Path) -> None:
    asked = {"account": "012345678901", "user": "app-legacy", "action": "s3:GetObject"}
    lines = [
        {**asked, "id": "mine", "resource": "arn:aws:s3:::acme-shop-assets/logo.png"},
        {**asked, "id": "other", "resource": "arn:aws:s3:::elsewhere/logo.png"},
    ]
    requests = tmp_path / "requests.jsonl"
    requests.write_bytes(b"\n".join(map(orjson.dumps, lines)))
    code, text, _ = simulated(shown, "--requests", str(requests))
    answers = [orjson.loads(line) for line in text.splitlines()]
    assert code == 0
    assert [(answer["id"], answer["verdict"]) for answer in answers] == [
        ("mine", "allowed"),
        ("other", "denied"),
    ]


def test_simulate_goes_on_after_a_bad_line_and_ends_with_2(shown: Shown, tmp_path: Path) -> None:
    requests = tmp_path / "requests.jsonl"
    requests.write_text('{"id": 1}\nnonsense\n')
    code, text, _ = simulated(shown, "--requests", str(requests))
    assert code == 2
    assert [orjson.loads(line)["line"] for line in text.splitlines()] == [1, 2]


@pytest.mark.parametrize(
    ("words", "code", "problem"),
    [
        (("--user", "012345678901/app-legacy"), 2, "--action, --resource: missing"),
        (("--requests", "-", "--action", "s3:GetObject"), 2, "--requests: its lines name"),
        (("--requests", "no-such-file"), 2, "--requests no-such-file: No such file"),
        (
            ("--user", "012345678901/app-legacy", "--action", "a:b", "--resource", "*", "--context", "x"),
            2,
            "is not KEY=VALUE",
        ),
        (("--user", "012345678901/nobody", "--action", "a:b", "--resource", "*"), 1, "does not know nobody"),
    ],
)
def test_simulate_says_what_is_wrong(shown: Shown, words: tuple[str, ...], code: int, problem: str) -> None:
    finished = simulated(shown, *words)
    assert finished[0] == code
    assert problem in finished[2]


@pytest.mark.long("the whole demo once more")
def test_a_second_demo_compares_with_nothing_of_the_same_day(shown: Shown) -> None:
    again = run_job("demo", "--output", str(shown.output))
    assert again.returncode == 0
    assert {row["change"] for row in keys(shown)} == {""}
