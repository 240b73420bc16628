# The key of what runs the job: its log, the alarms' topic, the image.

data "aws_iam_policy_document" "operations_key" {
  #checkov:skip=CKV_AWS_109:a key policy is about its own key only
  #checkov:skip=CKV_AWS_111:as CKV_AWS_109
  #checkov:skip=CKV_AWS_356:as CKV_AWS_109, "*" is the key itself
  statement {
    sid       = "IamPoliciesOfThisAccount"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${local.account_id}:root"]
    }
  }

  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
  statement {
    sid       = "EncryptLog"
    actions   = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = [local.log_service]
    }

    condition {
      test     = "ArnEquals"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values   = [for name in [local.log_group_name, local.insights_name, local.executions_name] : "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:${name}"]
    }
  }

  statement {
    sid       = "EncryptAlarms"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }

  # EventBridge tells KMS no source: with a condition every message would be dropped.
  # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
  statement {
    sid       = "EncryptEvents"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
  }
}

resource "aws_kms_key" "operations" {
  description             = "${var.name}: log, alarms, image"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.operations_key.json
}

resource "aws_kms_alias" "operations" {
  name          = "alias/${var.name}-operations"
  target_key_id = aws_kms_key.operations.key_id
}

locals {
  log_group_name = "/iam-access-key-report/${var.name}"
  insights_name  = "/aws/ecs/containerinsights/${var.name}/performance"

  # Under that prefix the policy that Step Functions writes for its log does not grow with every log group.
  # https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
  executions_name = "/aws/vendedlogs/states/${var.name}"

  # The job writes its metrics as log lines in the embedded metric format, under its deployment's name.
  metrics    = "IamAccessKeyReport"
  deployment = { Deployment = var.name }

  # What is counted in its log has no dimension to tell deployments apart by: a namespace of its own does.
  log_metrics = "${local.metrics}/${var.name}"

  # The absence of reports is watched from the first image on: earlier the alarm would stand in ALARM before
  # anyone expects a report, and then have nothing to tell.
  absence_watched = var.schedule != null && local.image_digest != null && try(var.alarms.missed_after_hours > 0, false)
  alarm_topics    = aws_sns_topic.alarms[*].arn
  alarms          = { for name, alarm in local.alarm_definitions : name => alarm if var.alarms != null && (name != "run-missed" || local.absence_watched) }

  # These stay in ALARM until somebody acts: summed up with others they would hide what goes wrong meanwhile.
  lasting  = ["run-missed", "start-undelivered"]
  troubles = [for name in sort(keys(local.alarms)) : name if !contains(local.lasting, name)]

  alarm_definitions = {
    run-failed = {
      description = "A run failed, took too long or was stopped: the cause of its execution says why."
      namespace   = "AWS/Events"
      metric      = "TriggeredRules"
      dimensions  = { RuleName = aws_cloudwatch_event_rule.failed["execution"].name }
      statistic   = "Sum"
      comparison  = "GreaterThanThreshold"
      threshold   = 0
      hours       = 1
      missing     = "notBreaching"
    }
    errors-logged = {
      description = "The job logged an error."
      namespace   = local.log_metrics
      metric      = aws_cloudwatch_log_metric_filter.errors.metric_transformation[0].name
      dimensions  = null
      statistic   = "Sum"
      comparison  = "GreaterThanThreshold"
      threshold   = 0
      hours       = 1
      missing     = "notBreaching"
    }
    coverage-low = {
      description = "Accounts could not be read: see the failed rows of the accounts dataset."
      namespace   = local.metrics
      metric      = "Coverage"
      dimensions  = local.deployment
      statistic   = "Minimum"
      comparison  = "LessThanThreshold"
      threshold   = var.minimum_coverage
      hours       = 1
      missing     = "notBreaching"
    }
    run-missed = {
      description = "No report for too long: is the schedule on, and does the task start? Until the first report that is expected."
      namespace   = local.metrics
      metric      = "Coverage"
      dimensions  = local.deployment
      statistic   = "SampleCount"
      comparison  = "LessThanThreshold"
      threshold   = 1
      hours       = try(max(var.alarms.missed_after_hours, 1), 1)
      missing     = "breaching"
    }
    start-undelivered = {
      description = "The scheduler gave up starting the job: the queue's message says why."
      namespace   = "AWS/SQS"
      metric      = "ApproximateNumberOfMessagesVisible"
      dimensions  = { QueueName = aws_sqs_queue.undelivered.name }
      statistic   = "Maximum"
      comparison  = "GreaterThanThreshold"
      threshold   = 0
      hours       = 1
      missing     = "notBreaching"
    }
  }
}

resource "aws_cloudwatch_log_group" "report" {
  name              = local.log_group_name
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.operations.arn
}

resource "aws_cloudwatch_log_group" "container_insights" {
  name              = local.insights_name
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.operations.arn
}

resource "aws_cloudwatch_log_group" "executions" {
  name              = local.executions_name
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.operations.arn
}

resource "aws_cloudwatch_log_metric_filter" "errors" {
  name           = "${var.name}-errors"
  log_group_name = aws_cloudwatch_log_group.report.name
  pattern        = "{ $.level = \"error\" || $.level = \"critical\" }"

  metric_transformation {
    name      = "ErrorsLogged"
    namespace = local.log_metrics
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "report" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  period              = 3600
  evaluation_periods  = each.value.hours
  treat_missing_data  = each.value.missing
  alarm_actions       = contains(local.lasting, each.key) ? local.alarm_topics : []
  ok_actions          = each.key == "run-missed" ? local.alarm_topics : []
}

# What is wrong with one bad run, in one message however much of it is; that an hour has passed since is no news.
resource "aws_cloudwatch_composite_alarm" "trouble" {
  count = var.alarms == null ? 0 : 1

  alarm_name        = "${var.name}-trouble"
  alarm_description = "The IAM access key report went wrong: of the alarms ${join(", ", local.troubles)} those in ALARM say how."
  alarm_rule        = join(" OR ", [for name in local.troubles : "ALARM(\"${aws_cloudwatch_metric_alarm.report[name].alarm_name}\")"])
  alarm_actions     = local.alarm_topics
}

# One rule for each way of starting, since their events have nothing in common.
locals {
  failures = {
    # The run that was refused because another runs is not told of: that other one is watched.
    # https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
    execution = {
      pattern = {
        source      = ["aws.states"]
        detail-type = ["Step Functions Execution Status Change"]
        detail = {
          stateMachineArn = [local.state_machine_arn]
          status          = ["FAILED", "TIMED_OUT", "ABORTED"]
          error           = [{ exists = false }, null, { anything-but = ["Report.AlreadyRunning"] }]
        }
      }
      # Whole: its cause is a line of JSON, whose quotes would end a text that it was put into.
      # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
      paths   = { execution = "$.detail" }
      message = "{\"IAM access key report\": \"a run ended badly\", \"execution\": <execution>}"
    }

    # A task that an execution started is the execution's own to judge, and to start again.
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
    task = {
      pattern = {
        source      = ["aws.ecs"]
        detail-type = ["ECS Task State Change"]
        detail = {
          clusterArn = [aws_ecs_cluster.report.arn]
          group      = [{ anything-but = [local.task_group] }]
          lastStatus = ["STOPPED"]
          "$or" = [
            { containers = { exitCode = [{ anything-but = [0] }] } },
            { stopCode = ["TaskFailedToStart", "SpotInterruption", "TerminationNotice"] },
          ]
        }
      }
      paths = {
        code   = "$.detail.containers[0].exitCode"
        reason = "$.detail.stoppedReason"
        task   = "$.detail.taskArn"
      }
      message = "\"IAM access key report failed. Exit code: <code>. Reason: <reason>. Task: <task>\""
    }
  }
}

resource "aws_cloudwatch_event_rule" "failed" {
  for_each = local.failures

  name          = "${var.name}-failed-${each.key}"
  description   = "The IAM access key report failed"
  event_pattern = jsonencode(each.value.pattern)
}

resource "aws_cloudwatch_event_target" "failed" {
  for_each = { for start, failure in local.failures : start => failure if var.alarms != null }

  rule = aws_cloudwatch_event_rule.failed[each.key].name
  arn  = one(local.alarm_topics)

  input_transformer {
    input_paths    = each.value.paths
    input_template = each.value.message
  }
}

resource "aws_sns_topic" "alarms" {
  count = var.alarms == null ? 0 : 1

  name              = "${var.name}-alarms"
  kms_master_key_id = aws_kms_key.operations.arn
}

data "aws_iam_policy_document" "alarms" {
  count = var.alarms == null ? 0 : 1

  statement {
    sid       = "AlarmsOfThisAccount"
    actions   = ["sns:Publish"]
    resources = local.alarm_topics

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }

  # As for the key: EventBridge meets no condition of a topic's policy.
  # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
  statement {
    sid       = "FailedRuns"
    actions   = ["sns:Publish"]
    resources = local.alarm_topics

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
  }

  statement {
    sid       = "RefuseInsecureTransport"
    effect    = "Deny"
    actions   = ["sns:Publish"]
    resources = local.alarm_topics

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

resource "aws_sns_topic_policy" "alarms" {
  count = var.alarms == null ? 0 : 1

  arn    = one(local.alarm_topics)
  policy = one(data.aws_iam_policy_document.alarms[*].json)
}

resource "aws_sns_topic_subscription" "alarms" {
  for_each = try(var.alarms.emails, toset([]))

  topic_arn = one(local.alarm_topics)
  protocol  = "email"
  endpoint  = each.value
}

resource "aws_cloudwatch_dashboard" "report" {
  dashboard_name = var.name
  dashboard_body = jsonencode({
    widgets = concat(
      [
        for index, panel in [
          { title = "Active keys", metrics = ["ActiveKeys", "AdminKeys", "AcceptedKeys"] },
          { title = "Accounts", metrics = ["AccountsRead", "AccountsFailed"] },
          { title = "Coverage, percent", metrics = ["Coverage"] },
          { title = "Duration, seconds", metrics = ["DurationSeconds"] },
          ] : {
          type   = "metric"
          x      = (index % 2) * 12
          y      = floor(index / 2) * 6
          width  = 12
          height = 6
          properties = {
            title   = panel.title
            region  = local.region
            view    = "timeSeries"
            stat    = "Maximum"
            period  = 3600
            metrics = [for metric in panel.metrics : [local.metrics, metric, "Deployment", var.name]]
          }
        }
      ],
      [{
        type   = "log"
        x      = 0
        y      = 12
        width  = 24
        height = 6
        properties = {
          title  = "Warnings and errors"
          region = local.region
          view   = "table"
          query  = "SOURCE '${local.log_group_name}' | filter level in ['warning', 'error', 'critical'] | fields time, level, event, account_id, run_id | sort time desc | limit 100"
        }
      }],
    )
  })
}
