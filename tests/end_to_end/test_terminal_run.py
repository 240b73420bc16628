from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess

import orjson
import pytest

from job.cli.console import main
from job.demo.spec import OrganizationSpec
from tests.embedded import Embedded, embedded, run_python
from tests.end_to_end.published import key_facts, parse_csv, seeded_facts
from tests.in_process import run_here

pytestmark = pytest.mark.usefixtures("this_process_as_before")

MANAGEMENT, SECURITY, SHOP = "100000000001", "200000000002", "012345678903"
READER = "iam-access-key-report-reader"
SPEC: OrganizationSpec = {
    "organization": {"id": "o-small00000", "root": "r-smal", "management": MANAGEMENT, "reader": SECURITY},
    "units": [{"id": "ou-smal-prodprod", "path": "Root/Prod"}],
    "delegated_administrators": {},
    "service_control_policies": [],
    "resource_control_policies": [],
    "accounts": [
        {
            "id": account_id,
            "name": name,
            "email": f"{name}@example.com",
            "ou": unit,
            "joined": 100 + number,
            "tags": {"Environment": name, "Cost Center": "007"},
            "users": [
                {
                    "name": f"{name}-user",
                    "created": 50,
                    "attached": ["aws:AmazonS3ReadOnlyAccess"],
                    "keys": [{"age": 40}],
                }
            ],
        }
        for number, (account_id, name, unit) in enumerate(
            [(MANAGEMENT, "main", "Root"), (SECURITY, "security", "Root"), (SHOP, "shop", "Root/Prod")]
        )
    ],
}


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with embedded(SPEC, tmp_path_factory.mktemp("small")) as served:
        yield served


@pytest.fixture
def environment(aws: Embedded, tmp_path: Path) -> dict[str, str]:
    """A person's profiles: `organization` reads Organizations, `members` assumes the reader role."""
    task = aws.environment
    config = tmp_path / "config"
    config.write_text(
        "[profile members]\n"
        f"aws_access_key_id = {task['AWS_ACCESS_KEY_ID']}\n"
        f"aws_secret_access_key = {task['AWS_SECRET_ACCESS_KEY']}\n"
        f"aws_session_token = {task['AWS_SESSION_TOKEN']}\n"
        "[profile organization]\n"
        f"role_arn = {task['REPORT_ORGANIZATION_ROLE_ARN']}\n"
        "source_profile = members\n"
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "REPORT_"))}
    return {
        **kept,
        "AWS_CONFIG_FILE": str(config),
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": task["AWS_ENDPOINT_URL"],
        "REPORT_ORGANIZATIONS_RATE_PERCENT": "100",
    }


def command(environment: dict[str, str], *words: str) -> CompletedProcess[str]:
    return run_here(*words, program=main, env=environment)


def reported(path: Path) -> list[tuple[str, ...]]:
    return key_facts(parse_csv(path.read_bytes()))


def test_two_steps_with_two_profiles(aws: Embedded, environment: dict[str, str], tmp_path: Path) -> None:
    tags, output = tmp_path / "tags.json", tmp_path / "keys.csv"
    first = command(environment, "-p", "organization", "-m", str(tags))
    assert first.returncode == 0, first.stderr
    second = command(environment, "-p", "members", "-i", str(tags), "-r", READER, str(output))
    assert second.returncode == 0, second.stderr
    assert reported(output) == seeded_facts(aws.keys)
    shop = next(row for row in parse_csv(output.read_bytes()) if row["account_id"] == SHOP)
    assert (shop["tag_environment"], shop["ou_path"]) == ("shop", "Root/Prod")
    assert orjson.loads(shop["account_tags"]) == {"Environment": "shop", "Cost Center": "007"}


def test_both_profiles_in_one_step(aws: Embedded, environment: dict[str, str], tmp_path: Path) -> None:
    output = tmp_path / "keys.csv"
    program = "import sys; from job.cli.console import main; sys.exit(main())"
    words = ("-p", "organization", "--member-profile", "members", "-o", str(output))
    done = run_python("-c", program, *words, env=environment)
    assert done.returncode == 0, done.stderr
    assert reported(output) == seeded_facts(aws.keys)


def test_metadata_that_the_original_tool_wrote(environment: dict[str, str], tmp_path: Path) -> None:
    metadata, output = tmp_path / "tags.json", tmp_path / "keys.csv"
    account = {"Id": SHOP, "OU": "OU=root,OU=Prod", "Name": "shop", "Tags": {"Environment": "from the file"}}
    metadata.write_bytes(orjson.dumps({"Accounts": [account]}))
    done = command(environment, "-p", "members", "-i", str(metadata), "-r", READER, str(output))
    assert done.returncode == 0, done.stderr
    (row,) = parse_csv(output.read_bytes())
    assert (row["account_id"], row["ou_path"], row["tag_environment"]) == (SHOP, "root/Prod", "from the file")


@pytest.mark.parametrize("flag", ["--metadata-csv", "-i"])
def test_a_csv_of_ones_own_names_the_accounts(environment: dict[str, str], tmp_path: Path, flag: str) -> None:
    metadata, output = tmp_path / "accounts.csv", tmp_path / "keys.csv"
    metadata.write_text(f"Environment,aws_account_id\nfrom the csv,{SHOP}\n")
    done = command(environment, "-p", "members", flag, str(metadata), "-r", READER, str(output))
    assert done.returncode == 0, done.stderr
    (row,) = parse_csv(output.read_bytes())
    assert (row["account_id"], row["tag_environment"]) == (SHOP, "from the csv")


def test_a_kept_snapshot_can_be_asked_afterwards(environment: dict[str, str], tmp_path: Path) -> None:
    words = ("-p", "organization", "--member-profile", "members", "--snapshot", str(tmp_path / "kept"))
    assert command(environment, *words, str(tmp_path / "keys.csv")).returncode == 0
    asked = run_here("explain", "--snapshot", str(tmp_path / "kept"), "--user", f"{SHOP}/shop-user")
    assert "s3_read: all via direct" in asked.stdout


def test_away_from_a_terminal_there_are_only_json_lines(environment: dict[str, str], tmp_path: Path) -> None:
    words = ("-p", "organization", "--member-profile", "members", str(tmp_path / "keys.csv"))
    done = command(environment, *words)
    assert done.stdout == ""
    assert {orjson.loads(line)["event"] for line in done.stderr.splitlines()} == {
        "account.collected",
        "organization.read",
    }


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("-m", "tags.json", "keys.csv"), "no CSV output goes with it"),
        (("-m", "tags.json", "-o", "keys.csv"), "no CSV output goes with it"),
        (("-m", "tags.json", "-i", "tags.json"), "not allowed with argument"),
        ((), "name the CSV output once"),
        (("-o", "a.csv", "b.csv"), "name the CSV output once"),
        (("-i", "no-such-file.json", "keys.csv"), "REPORT_ORGANIZATION_FILE"),
    ],
)
def test_wrong_usage_ends_with_2(environment: dict[str, str], words: tuple[str, ...], problem: str) -> None:
    done = command(environment, *words)
    assert done.returncode == 2
    assert problem in done.stderr


def test_a_profile_that_is_not_there_is_named(environment: dict[str, str], tmp_path: Path) -> None:
    done = command(environment, "-p", "nobody", str(tmp_path / "keys.csv"))
    assert done.returncode == 1
    assert "nobody" in done.stderr
    assert "Traceback" not in done.stderr
