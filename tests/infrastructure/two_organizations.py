"""Two organizations whose deployments report into the bucket of the first: applied, run and queried."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import boto3
import container_engine
import duckdb
from deployments import UNASKED, Deployment, at_once
from embedded_cloud import OWNERS, REGION, Cloud, credentials, enforcement, task_credentials
from moto.glue.models import glue_backends
from moto.s3.models import s3_backends
from rendered import output, resources
from terraform_runs import Outcome, Terraform, copied

BEECH, CEDAR = "o-beech0infra", "o-cedar0infra"
ACCOUNTS = dict(zip((BEECH, CEDAR), OWNERS, strict=True))
TASK_ROLES = {
    name: f"arn:aws:iam::{account}:role/iam-access-key-report-task" for name, account in ACCOUNTS.items()
}
BUCKET = f"iam-access-key-report-{ACCOUNTS[BEECH]}-{REGION}"
PREFIX = "iam-access-key-report"
AUDITOR = f"arn:aws:iam::{ACCOUNTS[CEDAR]}:role/auditor"
ANALYST = f"arn:aws:iam::{ACCOUNTS[BEECH]}:role/analyst"
# As the examples do; moto, too, tells of tags where there are any.
ROOT_PROVIDER = f"""
provider "aws" {{
  region      = "{REGION}"
  max_retries = 3

  default_tags {{
    tags = {{ Application = "iam-access-key-report" }}
  }}
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoOrganizations:
    """Both deployments, each with its second plan, how each run ended, and what lay in the bucket then."""

    deployments: Mapping[str, Deployment]
    second_plans: Mapping[str, Outcome]
    runs: Mapping[str, Outcome] = field(default_factory=dict)
    objects: Mapping[str, bytes] = field(default_factory=dict)

    def made(self, organization: str) -> dict[str, dict[str, Any]]:
        """What a deployment made, by address."""
        return resources(self.deployments[organization].shown)

    def task_policy(self, organization: str) -> str:
        """What a deployment's task may do."""
        return str(self.made(organization)["aws_iam_role_policy.task"]["policy"])


def deploy(cloud: Cloud, folder: Path, digest: str, provider: Mapping[str, str]) -> TwoOrganizations:
    """Apply the owner's, hand on what it says of its storage, and apply the other."""
    configurations = {}
    for name, account in ACCOUNTS.items():
        environment = {**provider, **cloud.environment(f"arn:aws:iam::{account}:role/terraform")}
        made = Terraform(folder=copied(folder / name), environment=environment)
        (made.folder / "zz_override.tf").write_text(ROOT_PROVIDER)
        configurations[name] = made
    assert [each.code for each in at_once(_init, configurations).values()] == [0, 0]
    common = {"image_digest": digest, "architecture": "X86_64", "alarms": None, "schedule": None}
    owner = {
        "storage": {"force_destroy": True},
        "analytics": {},
        "quicksight": {"owner_arns": [f"arn:aws:quicksight:{REGION}:{ACCOUNTS[BEECH]}:user/default/analyst"]},
        "reader_arns": [ANALYST],
        "organizations": {
            CEDAR: {
                "task_role_arn": TASK_ROLES[CEDAR],
                "reader_arns": [AUDITOR],
                "policy_file": str(Path(__file__).with_name("policy.toml")),
            }
        },
    }
    first = _apply(cloud, configurations[BEECH], BEECH, common | owner)
    # As a person would: what the owner's output says becomes the other's variable.
    told = {"central_storage": output(first.shown, "central_storage")[CEDAR]}
    second = _apply(
        cloud, configurations[CEDAR], CEDAR, {**common, "storage": {"force_destroy": True}, **told}
    )
    deployments = {BEECH: first, CEDAR: second}
    return TwoOrganizations(deployments=deployments, second_plans=at_once(Deployment.plan, deployments))


def _init(terraform: Terraform) -> Outcome:
    return terraform.run("init", "-input=false")


def _apply(
    cloud: Cloud, terraform: Terraform, organization: str, variables: Mapping[str, object]
) -> Deployment:
    chosen = {"organization_id": organization, "existing_network": _network(cloud, ACCOUNTS[organization])}
    (terraform.folder / "terraform.tfvars.json").write_text(json.dumps({**variables, **chosen}))
    applied = terraform.run("apply", *UNASKED)
    assert applied.code == 0, applied.text[-3000:]
    return Deployment(terraform=terraform, applied=applied, shown=terraform.show())


def _network(cloud: Cloud, account: str) -> dict[str, object]:
    keys = credentials(f"arn:aws:iam::{account}:role/terraform")
    ec2 = boto3.client(
        "ec2",
        endpoint_url=cloud.url,
        region_name=REGION,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["Token"],
    )
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
    return {"vpc_id": vpc, "subnet_ids": [subnets[0]["SubnetId"]]}


def run(cloud: Cloud, two: TwoOrganizations) -> TwoOrganizations:
    """Have the first report on two days and the other on one; then each into the other's folder."""
    today = cloud.now.date()
    yesterday = today - timedelta(days=1)
    runs = {
        "beech yesterday": _task(cloud, two, BEECH, yesterday),
        "cedar yesterday": _task(cloud, two, CEDAR, yesterday),
        "beech today": _task(cloud, two, BEECH, today),
    }
    objects = {
        key: stored.value for key, stored in s3_backends[ACCOUNTS[BEECH]]["aws"].buckets[BUCKET].keys.items()
    }
    runs |= {
        "beech as cedar": _task(cloud, two, BEECH, today, {"REPORT_PREFIX": f"{PREFIX}/{CEDAR}"}),
        "cedar as beech": _task(cloud, two, CEDAR, today, {"REPORT_PREFIX": f"{PREFIX}/{BEECH}"}),
    }
    return TwoOrganizations(
        deployments=two.deployments, second_plans=two.second_plans, runs=runs, objects=objects
    )


def _task(
    cloud: Cloud,
    two: TwoOrganizations,
    organization: str,
    day: date,
    overrides: Mapping[str, str] | None = None,
) -> Outcome:
    """One task as ECS starts it, with its own role alone."""
    definition = two.made(organization)["aws_ecs_task_definition.report"]
    (container,) = json.loads(definition["container_definitions"])
    stated = {entry["name"]: entry["value"] for entry in container["environment"]}
    with task_credentials(definition["task_role_arn"]) as keys, enforcement():
        return container_engine.run(
            container["image"].partition("@")[2],
            environment={**cloud.region(), **keys, **stated, "REPORT_DATE": f"{day}", **(overrides or {})},
            options=("--user", container["user"]),
        )


def destroy(two: TwoOrganizations) -> None:
    """Remove both, first the one that owns nothing."""
    for name in (CEDAR, BEECH):
        done = two.deployments[name].destroy()
        assert done.code == 0, done.text[-3000:]


@contextmanager
def athena(two: TwoOrganizations, folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The Parquet tables as Athena finds their partitions: by the properties of the tables alone."""
    tables = glue_backends[ACCOUNTS[BEECH]][REGION].databases["iam_access_key_report"].tables
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("CREATE MACRO json_extract_scalar(text, path) AS json_extract_string(text, path)")
        connection.execute("CREATE SCHEMA iam_access_key_report")
        for name, table in tables.items():
            described = table.get_version("1")
            if described["Parameters"]["classification"] == "parquet":
                parts = list(_partitions(two, described, folder / name))
                assert parts
                columns = " UNION ALL BY NAME ".join(parts)
                connection.execute(f"CREATE VIEW {name} AS {columns}")
                connection.execute(f"CREATE VIEW iam_access_key_report.{name} AS FROM main.{name}")
        yield connection


def _partitions(two: TwoOrganizations, table: Mapping[str, Any], folder: Path) -> Iterator[str]:
    """SQL for each partition that is projected and has a file."""
    parameters = table["Parameters"]
    assert [key["Name"] for key in table["PartitionKeys"]] == ["organization", "dt"]
    days = sorted({day for key in two.objects for day in re.findall(r"/dt=([^/]+)/", key)})
    folder.mkdir()
    for organization in parameters["projection.organization.values"].split(","):
        for day in days:
            place = parameters["storage.location.template"].removeprefix(f"s3://{BUCKET}/")
            place = place.replace("${organization}", organization).replace("${dt}", day)
            for number, key in enumerate(sorted(key for key in two.objects if key.startswith(place))):
                file = folder / f"{organization}-{day}-{number}.parquet"
                file.write_bytes(two.objects[key])
                yield (
                    f"SELECT *, '{organization}' AS organization, '{day}' AS dt "  # noqa: S608 - names of our own
                    f"FROM read_parquet('{file}')"
                )
