# Without a schedule the role and its queue stay: they cost nothing and the group is what the role trusts.

locals {
  schedule_group_arn = "arn:${local.partition}:scheduler:${local.region}:${local.account_id}:schedule-group/${var.name}"
  schedules          = var.schedule == null ? {} : { daily = var.schedule }

  # The longest time between two starts, in hours: a year where the expression does not say it plainly.
  # https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
  a_year       = 366 * 24
  expression   = try(var.schedule.expression, "")
  rate         = try(regex("^rate\\(([0-9]+) (minute|hour|day)s?\\)$", local.expression), null)
  cron         = try(regex("^cron\\(\\S+ \\S+ (\\S+) (\\S+) (\\S+) (\\S+)\\)$", local.expression), null)
  every_date   = try(contains(["*", "?"], local.cron[0]) && local.cron[1] == "*" && local.cron[3] == "*", false)
  numbered     = { for index, name in ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] : name => index + 1 }
  named        = [for part in split(",", upper(try(local.cron[2], ""))) : [for day in split("-", part) : try(local.numbered[day], tonumber(day), 0)]]
  on_weekdays  = [for day in range(1, 8) : day if anytrue([for part in local.named : part[0] <= day && day <= part[length(part) - 1]])]
  weekday_gaps = [for index, day in local.on_weekdays : try(local.on_weekdays[index + 1], local.on_weekdays[0] + 7) - day]
  cron_gap     = !local.every_date ? local.a_year : contains(["*", "?"], local.cron[2]) ? 24 : length(local.on_weekdays) == 0 ? local.a_year : max(local.weekday_gaps...) * 24
  rate_gap     = local.rate == null ? 0 : tonumber(local.rate[0]) * { minute = 1 / 60, hour = 1, day = 24 }[local.rate[1]]
  schedule_gap = local.cron != null ? local.cron_gap : local.rate != null ? local.rate_gap : local.a_year

  # An hour for the run itself, besides how late it may start.
  missed_after_least = ceil(local.schedule_gap + try(var.schedule.flexible_minutes, 0) / 60) + 1
}

data "aws_iam_policy_document" "scheduler_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }

    # AWS passes the group, never the single schedule.
    # https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [local.schedule_group_arn]
    }
  }
}

data "aws_iam_policy_document" "scheduler" {
  statement {
    sid       = "StartExecution"
    actions   = ["states:StartExecution"]
    resources = [aws_sfn_state_machine.report.arn]
  }

  statement {
    sid       = "KeepUndelivered"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.undelivered.arn]
  }
}

resource "aws_iam_role" "scheduler" {
  name                 = "${var.name}-scheduler"
  description          = "Starts the IAM access key report on schedule"
  assume_role_policy   = data.aws_iam_policy_document.scheduler_trust.json
  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy" "scheduler" {
  name   = "start-execution"
  role   = aws_iam_role.scheduler.id
  policy = data.aws_iam_policy_document.scheduler.json
}

resource "aws_iam_role_policies_exclusive" "scheduler" {
  role_name    = aws_iam_role.scheduler.name
  policy_names = [aws_iam_role_policy.scheduler.name]
}

# Starts that the scheduler gave up on.
resource "aws_sqs_queue" "undelivered" {
  name                      = "${var.name}-undelivered"
  message_retention_seconds = 14 * 24 * 60 * 60
  sqs_managed_sse_enabled   = true
}

data "aws_iam_policy_document" "undelivered" {
  statement {
    sid       = "RefuseInsecureTransport"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [aws_sqs_queue.undelivered.arn]

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

resource "aws_sqs_queue_policy" "undelivered" {
  queue_url = aws_sqs_queue.undelivered.url
  policy    = data.aws_iam_policy_document.undelivered.json
}

resource "aws_scheduler_schedule_group" "report" {
  name = var.name
}

resource "aws_scheduler_schedule" "report" {
  #checkov:skip=CKV_AWS_297:the input holds nothing but the placeholder of the time
  for_each = local.schedules

  name                         = each.key
  group_name                   = aws_scheduler_schedule_group.report.name
  description                  = "Starts the IAM access key report"
  state                        = local.image_digest == null ? "DISABLED" : "ENABLED"
  schedule_expression          = each.value.expression
  schedule_expression_timezone = each.value.time_zone

  flexible_time_window {
    mode                      = each.value.flexible_minutes == 0 ? "OFF" : "FLEXIBLE"
    maximum_window_in_minutes = each.value.flexible_minutes == 0 ? null : each.value.flexible_minutes
  }

  target {
    arn      = aws_sfn_state_machine.report.arn
    role_arn = aws_iam_role.scheduler.arn

    # The same for every delivery of one start. Not jsonencode: it would escape the angle brackets.
    input = <<-JSON
      {"scheduled_at":"<aws.scheduler.scheduled-time>"}
    JSON

    retry_policy {
      maximum_retry_attempts       = 2
      maximum_event_age_in_seconds = 3600
    }

    dead_letter_config {
      arn = aws_sqs_queue.undelivered.arn
    }
  }

  # The first start must find the rights to it.
  depends_on = [aws_iam_role_policy.scheduler]
}
