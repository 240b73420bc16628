locals {
  permissions = jsondecode(file("${path.module}/../../permissions.json"))
  by_choice = concat(
    [for kind in sort(var.credentials) : local.permissions.credentials[kind][*].action],
    [for kind in sort(var.data_stores) : local.permissions.data_stores[kind][*].action],
  )
  actions = concat(local.permissions.member[*].action, flatten(local.by_choice))
  trusted = regex("^arn:(?P<partition>[a-z-]+):iam::(?P<account_id>[0-9]{12}):role/", var.trusted_role_arn)

  # Thousands of accounts, each a minute or two, a quarter of them at a time at most.
  long_enough = "12h"
  call_as     = var.delegated_administrator ? "DELEGATED_ADMIN" : "SELF"
}

data "aws_region" "current" {}

resource "aws_cloudformation_stack_set" "member_role" {
  name             = var.name
  description      = "The role that the IAM access key report assumes in each account"
  permission_model = "SERVICE_MANAGED"
  call_as          = local.call_as
  capabilities     = ["CAPABILITY_NAMED_IAM"]
  template_body    = file("${path.module}/member-role.yaml")

  parameters = {
    RoleName         = var.name
    RolePath         = var.path
    Actions          = join(",", local.actions)
    TrustedAccountId = local.trusted.account_id
    TrustedRoleArn   = var.trusted_role_arn
    OrganizationId   = var.organization_id
    ExternalId       = var.external_id == null ? "" : var.external_id
  }

  auto_deployment {
    enabled                          = true
    retain_stacks_on_account_removal = false
  }

  managed_execution {
    active = true
  }

  # A changed template or permission goes to every account. The provider lets an update's tolerance be strict
  # only, where concurrency is never more than the tolerated failures and one: so tolerance is the larger.
  operation_preferences {
    failure_tolerance_percentage = 50
    max_concurrent_percentage    = 25
  }

  timeouts {
    update = local.long_enough
  }

  lifecycle {
    # AWS sets it for its own service-linked role.
    ignore_changes = [administration_role_arn]
  }
}

# Roles are global: one Region is enough, and every account has the provider's. One resource for all units: several
# on one StackSet differ at each plan (provider issue 40243).
resource "aws_cloudformation_stack_instances" "member_role" {
  stack_set_name = aws_cloudformation_stack_set.member_role.name
  call_as        = local.call_as
  regions        = [data.aws_region.current.id]

  deployment_targets {
    organizational_unit_ids = var.organizational_unit_ids
  }

  # Accounts that cannot be reached fail by themselves, and do not slow the others.
  operation_preferences {
    concurrency_mode             = "SOFT_FAILURE_TOLERANCE"
    failure_tolerance_percentage = 50
    max_concurrent_percentage    = 25
  }

  timeouts {
    create = local.long_enough
    update = local.long_enough
    delete = local.long_enough
  }
}
