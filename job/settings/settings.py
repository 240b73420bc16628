"""The one class of settings: names, meanings, defaults and what a value must be."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from job.settings.regions import region_code
from job.settings.validators import (
    account_id,
    bucket_name,
    config_aggregator,
    credential_kind,
    data_store_kind,
    existing_file,
    key_prefix,
    kms_key_arn,
    report_day,
    role_arn,
    role_name,
    run_id,
    shard,
    split_accounts,
    split_list,
    tag_key,
    topic_arn,
    upper,
    valid_external_id,
    writable_folder,
)

ENV_PREFIX = "REPORT_"

AccountId: TypeAlias = Annotated[str, AfterValidator(account_id)]
AccountIds: TypeAlias = Annotated[tuple[AccountId, ...], BeforeValidator(split_accounts), NoDecode]
Aggregator: TypeAlias = Annotated[str, AfterValidator(config_aggregator)]
Bucket: TypeAlias = Annotated[str, AfterValidator(bucket_name)]
CredentialKind: TypeAlias = Annotated[str, AfterValidator(credential_kind)]
DataStoreKind: TypeAlias = Annotated[str, AfterValidator(data_store_kind)]
Day: TypeAlias = Annotated[dt.date, BeforeValidator(report_day)]
Deployment: TypeAlias = Annotated[str, AfterValidator(run_id)]
ExternalId: TypeAlias = Annotated[SecretStr, AfterValidator(valid_external_id)]
InputFile: TypeAlias = Annotated[str, AfterValidator(existing_file)]
KeyArn: TypeAlias = Annotated[str, AfterValidator(kms_key_arn)]
Level: TypeAlias = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(upper)]
OutputFolder: TypeAlias = Annotated[str, AfterValidator(writable_folder)]
Prefix: TypeAlias = Annotated[str, AfterValidator(key_prefix)]
Region: TypeAlias = Annotated[str, AfterValidator(region_code)]
Regions: TypeAlias = Annotated[tuple[Region, ...], BeforeValidator(split_list), NoDecode]
RoleArn: TypeAlias = Annotated[str, AfterValidator(role_arn)]
RoleName: TypeAlias = Annotated[str, AfterValidator(role_name)]
RunId: TypeAlias = Annotated[str, AfterValidator(run_id)]
TopicArn: TypeAlias = Annotated[str, AfterValidator(topic_arn)]
Shard: TypeAlias = Annotated[str, AfterValidator(shard)]
TagKey: TypeAlias = Annotated[str, AfterValidator(tag_key)]


class Settings(BaseSettings):
    """What one run is told to do; the descriptions are those of docs/settings.md."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX,
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    bucket: Bucket | None = Field(
        default=None, description="S3 bucket for the results. This or `REPORT_OUTPUT_DIR` is required."
    )
    output_dir: OutputFolder | None = Field(
        default=None, description="Local folder for the results, instead of a bucket."
    )
    prefix: Prefix = Field(
        default="iam-access-key-report", description="Prefix of every object in the bucket."
    )
    kms_key_arn: KeyArn | None = Field(
        default=None,
        description="KMS key that encrypts every object; without it the bucket's default encryption applies.",
    )
    member_role: RoleName = Field(
        default="iam-access-key-report-reader",
        description="Role to assume in every account: its name, with its path if it has one.",
    )
    external_id: ExternalId | None = Field(
        default=None, description="External id that the member role's trust policy asks for."
    )
    organization_role_arn: RoleArn | None = Field(
        default=None, description="Role that may read AWS Organizations, when the task's own may not."
    )
    organization_file: InputFile | None = Field(
        default=None,
        description="Account metadata (JSON; file or `s3://` URL) to use instead of AWS Organizations.",
    )
    metadata_csv: InputFile | None = Field(
        default=None,
        description="CSV (file or `s3://` URL) with a column `aws_account_id`; other columns become tags.",
    )
    accounts: AccountIds = Field(default=(), description="Read only these accounts (ids, comma-separated).")
    exclude_accounts: AccountIds = Field(
        default=(), description="Do not read these accounts (ids, comma-separated)."
    )
    tag_columns: Annotated[tuple[TagKey, ...], BeforeValidator(split_list), NoDecode] = Field(
        default=("Environment", "DataClassification"),
        description="Account tags that get a column of their own (comma-separated).",
    )
    include_inactive: bool = Field(default=False, description="Report inactive keys too.")
    max_concurrency: int = Field(
        default=64, ge=1, le=256, description="Requests to AWS IAM that are in flight at the same time."
    )
    organizations_rate_percent: int = Field(
        default=80,
        ge=1,
        le=100,
        description="Share of AWS Organizations' documented request rates that the job may use, in percent.",
    )
    credential_report_timeout: int = Field(
        default=120, ge=1, le=3600, description="Seconds to wait for one account's credential report."
    )
    credentials: Annotated[tuple[CredentialKind, ...], BeforeValidator(split_list), NoDecode] = Field(
        default=("service_specific", "signing_certificates", "console_passwords"),
        description="Kinds of other long-lived credentials to read, of `service_specific`, "
        "`signing_certificates`, `console_passwords` and `ssh_public_keys` (comma-separated); the last costs "
        "a call a user.",
    )
    root_access: bool = Field(
        default=False,
        description="Read root users' access keys by id, through centralized root access; the task, or "
        "`REPORT_ORGANIZATION_ROLE_ARN`, must be in the management account or IAM's delegated administrator.",
    )
    data_stores: Annotated[tuple[DataStoreKind, ...], BeforeValidator(split_list), NoDecode] = Field(
        default=(),
        description="Kinds of data stores to read with their policies, of `s3`, `dynamodb`, `rds`, `secrets` "
        "and `kms` (comma-separated); default none. All but `s3` need `REPORT_REGIONS`.",
    )
    regions: Regions = Field(
        default=(),
        description="Regions whose data stores are read (comma-separated); buckets are read in all Regions.",
    )
    config_aggregator: Aggregator | None = Field(
        default=None,
        description="AWS Config's aggregator in the task's account, `NAME` or `REGION/NAME`: what it has "
        "recorded of data stores is taken from it, a hundred a call, and not asked in each account.",
    )
    min_coverage: float = Field(
        default=100, ge=0, le=100, description="Percent of accounts that must be read for exit code 0."
    )
    capabilities_file: InputFile | None = Field(
        default=None,
        description="JSON (file or `s3://` URL) that adds capabilities or replaces built-in ones.",
    )
    policy_file: InputFile | None = Field(
        default=None,
        description="TOML (file or `s3://` URL) of thresholds, accepted risks, owner and sensitive tags.",
    )
    topic_arn: TopicArn | None = Field(
        default=None,
        description="SNS topic for messages about what is new, one for the run and one for each owner.",
    )
    security_hub: bool = Field(
        default=False,
        description="Send critical and high keys to Security Hub, in the task's account and Region.",
    )
    csv_formula_guard: bool = Field(
        default=False, description="Write `'` before CSV values that a spreadsheet would take for a formula."
    )
    date: Day | None = Field(default=None, description="The report's date; default today (UTC).")
    run_id: RunId | None = Field(
        default=None,
        description="The run's id; a run with the id of a stopped one continues it. Default: generated.",
    )
    shard: Shard | None = Field(
        default=None,
        description="Read a part alone into the snapshot of `REPORT_RUN_ID`, and report nothing: `0/4` the "
        "organization, then `1/4` to `4/4` its accounts. The run of that id, without this, goes on with it.",
    )
    deployment: Deployment | None = Field(
        default=None,
        description="Name of the deployment: the dimension `Deployment` of its metrics; default none.",
    )
    log_level: Level = Field(default="INFO", description="The lowest level that is logged.")
    log_format: Literal["json", "console"] | None = Field(
        default=None, description="`json` or `console`; default `console` on a terminal, else `json`."
    )
    aws_region: Region | None = Field(
        default=None,
        validation_alias="AWS_REGION",
        description="Region of STS and of the bucket; default the SDK's own configuration, else `us-east-1`.",
    )

    @property
    def destination(self) -> str:
        """Where results go, as `job.storage` opens it: an `s3://` URL or a folder; empty when not set."""
        return f"s3://{self.bucket}/{self.prefix}" if self.bucket else self.output_dir or ""


def setting_name(attribute: str) -> str:
    """The environment's name of an attribute of Settings."""
    alias = Settings.model_fields[attribute].validation_alias
    return alias if isinstance(alias, str) else f"{ENV_PREFIX}{attribute.upper()}"
