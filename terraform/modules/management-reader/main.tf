locals {
  permissions = jsondecode(file("${path.module}/../../permissions.json"))
  trusted     = regex("^arn:(?P<partition>[a-z-]+):iam::(?P<account_id>[0-9]{12}):role/", var.trusted_role_arn)
}

# As in ../member-role: the account is the principal and the role a condition, so that the role may be recreated.
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
  }
}

data "aws_iam_policy_document" "read" {
  statement {
    sid       = "ReadOrganization"
    actions   = local.permissions.organization[*].action
    resources = ["*"]
  }

  dynamic "statement" {
    for_each = var.root_access ? [local.permissions.root_access[*].action] : []

    content {
      sid       = "KnowCentralizedRootAccess"
      actions   = [for action in statement.value : action if startswith(action, "iam:")]
      resources = ["*"]
    }
  }

  # Sessions that may look at root users' credentials, and none that may do anything else as root.
  # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user-privileged-task.html
  dynamic "statement" {
    for_each = var.root_access ? [local.permissions.root_access[*].action] : []

    content {
      sid       = "AuditRootUserCredentials"
      actions   = [for action in statement.value : action if startswith(action, "sts:")]
      resources = ["arn:${local.trusted.partition}:iam::*:root"]

      condition {
        test     = "ArnEquals"
        variable = "sts:TaskPolicyArn"
        values   = ["arn:${local.trusted.partition}:iam::aws:policy/root-task/IAMAuditRootUserCredentials"]
      }
    }
  }
}

resource "aws_iam_role" "reader" {
  name                 = var.name
  description          = "Lets the IAM access key report read the organization's accounts, units and policies"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  max_session_duration = 3600
  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy" "read" {
  name   = "read-organization"
  role   = aws_iam_role.reader.id
  policy = data.aws_iam_policy_document.read.json
}

resource "aws_iam_role_policies_exclusive" "reader" {
  role_name    = aws_iam_role.reader.name
  policy_names = [aws_iam_role_policy.read.name]
}
