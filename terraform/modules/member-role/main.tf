locals {
  permissions = jsondecode(file("${path.module}/../../permissions.json"))
  by_choice = concat(
    [for kind in sort(var.credentials) : local.permissions.credentials[kind][*].action],
    [for kind in sort(var.data_stores) : local.permissions.data_stores[kind][*].action],
  )
  actions = concat(local.permissions.member[*].action, flatten(local.by_choice))
  trusted = regex("^arn:(?P<partition>[a-z-]+):iam::(?P<account_id>[0-9]{12}):role/", var.trusted_role_arn)
}

# The account as principal and the role as condition: a role named as principal would be pinned to its
# unique id, and recreating the task role would lock the job out of every account.
data "aws_iam_policy_document" "trust" {
  statement {
    sid     = "TaskRoleOfThisOrganization"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.trusted.partition}:iam::${local.trusted.account_id}:root"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:PrincipalArn"
      values   = [var.trusted_role_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalOrgID"
      values   = [var.organization_id]
    }

    dynamic "condition" {
      for_each = var.external_id[*]

      content {
        test     = "StringEquals"
        variable = "sts:ExternalId"
        values   = [condition.value]
      }
    }
  }
}

data "aws_iam_policy_document" "read" {
  statement {
    sid       = "ReadUsersKeysAndPolicies"
    actions   = local.actions
    resources = ["*"]
  }
}

resource "aws_iam_role" "reader" {
  name                 = var.name
  path                 = var.path
  description          = "Lets the IAM access key report read users, access keys and policies"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  max_session_duration = 3600
  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy" "read" {
  name   = "read-users-keys-and-policies"
  role   = aws_iam_role.reader.id
  policy = data.aws_iam_policy_document.read.json
}

resource "aws_iam_role_policies_exclusive" "reader" {
  role_name    = aws_iam_role.reader.name
  policy_names = [aws_iam_role_policy.read.name]
}
