data "aws_iam_policy_document" "ecs_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:${local.partition}:ecs:${local.region}:${local.account_id}:*"]
    }
  }
}

# What the job itself may do: nothing in this account but its part of the bucket.

data "aws_iam_policy_document" "task" {
  statement {
    sid       = "AssumeMemberRoles"
    actions   = ["sts:AssumeRole"]
    resources = ["arn:${local.partition}:iam::*:role/${local.member_role}"]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceOrgID"
      values   = [var.organization_id]
    }
  }

  dynamic "statement" {
    for_each = var.organization_role_arn[*]

    content {
      sid       = "AssumeOrganizationReader"
      actions   = ["sts:AssumeRole"]
      resources = [statement.value]

      condition {
        test     = "StringEquals"
        variable = "aws:ResourceOrgID"
        values   = [var.organization_id]
      }
    }
  }

  dynamic "statement" {
    for_each = var.organization_role_arn == null ? [local.permissions.organization[*].action] : []

    content {
      sid       = "ReadOrganization"
      actions   = statement.value
      resources = ["*"]
    }
  }

  dynamic "statement" {
    for_each = local.root_access && var.organization_role_arn == null ? [local.permissions.root_access[*].action] : []

    content {
      sid       = "KnowCentralizedRootAccess"
      actions   = [for action in statement.value : action if startswith(action, "iam:")]
      resources = ["*"]
    }
  }

  # As in modules/management-reader: sessions that may look at root users' credentials, and no other.
  dynamic "statement" {
    for_each = local.root_access && var.organization_role_arn == null ? [local.permissions.root_access[*].action] : []

    content {
      sid       = "AuditRootUserCredentials"
      actions   = [for action in statement.value : action if startswith(action, "sts:")]
      resources = ["arn:${local.partition}:iam::*:root"]

      condition {
        test     = "ArnEquals"
        variable = "sts:TaskPolicyArn"
        values   = ["arn:${local.partition}:iam::aws:policy/root-task/IAMAuditRootUserCredentials"]
      }
    }
  }

  # An aggregator's ARN ends in an id, not in its name: those of this account are meant, in any Region.
  # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsconfig.html
  dynamic "statement" {
    for_each = lookup(var.settings, "REPORT_CONFIG_AGGREGATOR", "") == "" ? [] : [local.permissions.config_aggregator[*].action]

    content {
      sid       = "AskAggregator"
      actions   = statement.value
      resources = ["arn:${local.partition}:config:*:${local.account_id}:config-aggregator/*"]
    }
  }

  statement {
    sid       = "KeepReports"
    actions   = local.task_object_actions
    resources = ["${local.bucket_arn}/${local.prefix}/*"]

    # Another account's bucket: should it be gone, nobody gets the reports by taking its name.
    dynamic "condition" {
      for_each = var.central_storage[*]

      content {
        test     = "StringEquals"
        variable = "s3:ResourceAccount"
        values   = [split(":", condition.value.kms_key_arn)[4]]
      }
    }
  }

  dynamic "statement" {
    for_each = local.policy_file_key[*]

    content {
      sid       = "ReadPolicyFile"
      actions   = ["s3:GetObject"]
      resources = ["${local.bucket_arn}/${statement.value}"]
    }
  }

  statement {
    sid       = "FindReports"
    actions   = ["s3:ListBucket"]
    resources = [local.bucket_arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["${local.prefix}/*"]
    }
  }

  statement {
    sid       = "EncryptReports"
    actions   = local.task_key_actions
    resources = [local.data_key_arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = local.via_s3
    }

    # The bucket where its bucket key is used, else the object.
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#encryption-context
    condition {
      test     = "ArnLike"
      variable = "kms:EncryptionContext:aws:s3:arn"
      values   = [local.bucket_arn, "${local.bucket_arn}/*"]
    }
  }

  dynamic "statement" {
    for_each = aws_sns_topic.changes

    content {
      sid       = "TellWhatIsNew"
      actions   = [for action in local.task_actions : action if startswith(action, "sns:")]
      resources = [statement.value.arn]
    }
  }

  # The product that findings of this account belong to.
  # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecurityhub.html
  dynamic "statement" {
    for_each = local.security_hub ? [local.account_id] : []

    content {
      sid       = "SendFindings"
      actions   = [for action in local.task_actions : action if startswith(action, "securityhub:")]
      resources = ["arn:${local.partition}:securityhub:${local.region}:${statement.value}:product/${statement.value}/default"]
    }
  }

  # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
  dynamic "statement" {
    for_each = aws_sns_topic.changes

    content {
      sid       = "EncryptMessages"
      actions   = local.task_key_actions
      resources = [aws_kms_key.operations.arn]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = local.via_sns
      }

      condition {
        test     = "StringEquals"
        variable = "kms:EncryptionContext:aws:sns:topicArn"
        values   = [statement.value.arn]
      }
    }
  }
}

# For the organization's own resource policy: read actions of Organizations and no other service's.
# https://docs.aws.amazon.com/organizations/latest/userguide/security_iam_resource-based-policy-examples.html
data "aws_iam_policy_document" "delegation" {
  statement {
    sid       = "ReadOrganization"
    resources = ["*"]

    # The last is Terraform's: where its provider may list accounts it asks for the organization's services too.
    actions = concat(
      [for action in local.permissions.organization[*].action : action if startswith(action, "organizations:")],
      ["organizations:ListAWSServiceAccessForOrganization"],
    )

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${local.account_id}:root"]
    }
  }
}

resource "aws_iam_role" "task" {
  name                 = "${var.name}-task"
  description          = "The IAM access key report while it runs"
  assume_role_policy   = data.aws_iam_policy_document.ecs_trust.json
  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy" "task" {
  name   = "read-and-report"
  role   = aws_iam_role.task.id
  policy = data.aws_iam_policy_document.task.json
}

resource "aws_iam_role_policies_exclusive" "task" {
  role_name    = aws_iam_role.task.name
  policy_names = [aws_iam_role_policy.task.name]
}

# What ECS may do to start it.

data "aws_iam_policy_document" "execution" {
  #checkov:skip=CKV_AWS_356:ecr:GetAuthorizationToken takes no resource
  statement {
    sid       = "SignInToRegistry"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    sid       = "PullImage"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = [aws_ecr_repository.report.arn]
  }

  # Where GuardDuty watches tasks of Fargate it adds its agent to this one. Step Functions counts a task whose agent
  # could not be pulled as failed. AWS keeps the image in an account of its own in each Region.
  # https://docs.aws.amazon.com/guardduty/latest/ug/prereq-runtime-monitoring-ecs-support.html
  statement {
    sid       = "PullGuardDutyAgent"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = ["arn:${local.partition}:ecr:${local.region}:*:repository/aws-guardduty-agent-fargate"]
  }

  statement {
    sid       = "WriteLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.report.arn}:log-stream:run/*"]
  }
}

resource "aws_iam_role" "execution" {
  name                 = "${var.name}-execution"
  description          = "Starts the IAM access key report: pulls its image, writes its log"
  assume_role_policy   = data.aws_iam_policy_document.ecs_trust.json
  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy" "execution" {
  name   = "pull-and-log"
  role   = aws_iam_role.execution.id
  policy = data.aws_iam_policy_document.execution.json
}

resource "aws_iam_role_policies_exclusive" "execution" {
  role_name    = aws_iam_role.execution.name
  policy_names = [aws_iam_role_policy.execution.name]
}
