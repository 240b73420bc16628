# Everything: the job and its report in the security account, and in the management account what only that
# account may make. The StackSet gives every other account its role, this security account too.

locals {
  tags = { Application = "iam-access-key-report", DataClassification = "Confidential" }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = local.tags
  }
}

provider "aws" {
  alias  = "management"
  region = var.region

  dynamic "assume_role" {
    for_each = var.management_role_arn[*]

    content {
      role_arn = assume_role.value
    }
  }

  default_tags {
    tags = local.tags
  }
}

module "report" {
  source = "../.."

  organization_id       = var.organization_id
  image_digest          = var.image_digest
  architecture          = var.architecture
  organization_role_arn = module.organization_reader.role_arn
  member_role           = { path = "/security/", external_id = var.external_id }
  reader_arns           = var.reader_arns

  policy_file   = var.policy_file
  notifications = { emails = var.news_emails }

  schedule  = { expression = "cron(30 4 * * ? *)", time_zone = "Europe/Berlin" }
  alarms    = { emails = var.alarm_emails }
  analytics = {}
  quicksight = length(var.quicksight_owner_arns) == 0 ? null : {
    owner_arns   = var.quicksight_owner_arns
    refresh_time = "06:30"
    time_zone    = "Europe/Berlin"
  }

  settings = {
    REPORT_TAG_COLUMNS = "Environment,DataClassification"
  }

  storage = {
    snapshot_days = 30
    force_destroy = var.disposable
  }
}

module "organization_reader" {
  source    = "../../modules/management-reader"
  providers = { aws = aws.management }

  organization_id  = var.organization_id
  trusted_role_arn = module.report.task_role_arn
}

module "management_member_role" {
  source    = "../../modules/member-role"
  providers = { aws = aws.management }

  organization_id  = var.organization_id
  trusted_role_arn = module.report.task_role_arn
  path             = "/security/"
  external_id      = var.external_id
}

module "member_roles" {
  source    = "../../modules/stackset"
  providers = { aws = aws.management }

  organization_id         = var.organization_id
  organizational_unit_ids = var.organizational_unit_ids
  trusted_role_arn        = module.report.task_role_arn
  path                    = "/security/"
  external_id             = var.external_id
}
