data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

data "aws_organizations_organization" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id

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
