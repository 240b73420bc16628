# What is new, for people: the job sends one message for the run and one for each owner.

resource "aws_sns_topic" "changes" {
  count = var.notifications == null ? 0 : 1

  name              = "${var.name}-changes"
  kms_master_key_id = aws_kms_key.operations.arn
}

data "aws_iam_policy_document" "changes" {
  count = var.notifications == null ? 0 : 1

  statement {
    sid       = "RefuseInsecureTransport"
    effect    = "Deny"
    actions   = ["sns:Publish"]
    resources = aws_sns_topic.changes[*].arn

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_sns_topic_policy" "changes" {
  count = var.notifications == null ? 0 : 1

  arn    = one(aws_sns_topic.changes[*].arn)
  policy = one(data.aws_iam_policy_document.changes[*].json)
}

# The run's own message has no owner.
# https://docs.aws.amazon.com/sns/latest/dg/attribute-key-matching.html
resource "aws_sns_topic_subscription" "changes" {
  for_each = try(var.notifications.emails, toset([]))

  topic_arn     = one(aws_sns_topic.changes[*].arn)
  protocol      = "email"
  endpoint      = each.value
  filter_policy = jsonencode({ owner = [{ exists = false }] })
}

resource "aws_sns_topic_subscription" "changes_of_owner" {
  for_each = try(var.notifications.owner_emails, {})

  topic_arn     = one(aws_sns_topic.changes[*].arn)
  protocol      = "email"
  endpoint      = each.value
  filter_policy = jsonencode({ owner = [each.key] })
}
