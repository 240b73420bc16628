data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

data "aws_organizations_organization" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id

  # A Region's log service as principal. Of the partitions here China's alone has a domain of its own in principals;
  # in the European Sovereign Cloud IAM refuses the domain of its endpoints.
  # https://github.com/hashicorp/terraform-provider-aws/issues/46209, https://github.com/pulumi/pulumi-eks/issues/2341
  log_service = "logs.${local.region}.${local.partition == "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com"}"

  # What kms:ViaService may say: AWS documents it for the domain amazonaws.com; elsewhere the partition's own does too.
  # https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
  domains = distinct(["amazonaws.com", data.aws_partition.current.dns_suffix])
  via_s3  = [for domain in local.domains : "s3.${local.storage_region}.${domain}"]
  via_sns = [for domain in local.domains : "sns.${local.region}.${domain}"]

  # The job's own list of what it calls: `python -m job permissions`.
  permissions  = jsondecode(file("${path.module}/permissions.json"))
  task_actions = local.permissions.task[*].action
  security_hub = contains(["1", "on", "t", "true", "y", "yes"], lower(lookup(var.settings, "REPORT_SECURITY_HUB", "false")))
  root_access  = contains(["1", "on", "t", "true", "y", "yes"], lower(lookup(var.settings, "REPORT_ROOT_ACCESS", "false")))

  # The job's own list of what it can be told: `python -m job settings`.
  setting_defaults = { for setting in jsondecode(file("${path.module}/settings.json")) : setting.name => setting.default if startswith(setting.name, "REPORT_") }

  # With the path and without its leading slash, as the job and an ARN want it.
  member_role = trimprefix("${var.member_role.path}${var.member_role.name}", "/")

  task_arns     = "arn:${local.partition}:ecs:${local.region}:${local.account_id}:task/${var.name}/*"
  latest_report = "s3://${local.bucket_name}/${local.prefix}/latest/report.html"
}
