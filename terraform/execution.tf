# One execution is one run: it starts the task, starts it again where it died, and says how it ended.

locals {
  # Known before it is made: its own role names it, and so does the role's trust.
  state_machine_arn = "arn:${local.partition}:states:${local.region}:${local.account_id}:stateMachine:${var.name}"

  # Three times more, after one, two and four minutes. Shards are started as often, and the organization's task once.
  most_starts = 4

  # Of the tasks that executions start. One that a person starts has ECS's own group, of its family's name.
  task_group = "${var.name}-execution"

  # Which task, and where: the same in every state that starts one, without the braces around it.
  task_members = trimsuffix(trimprefix(jsonencode({
    Cluster         = aws_ecs_cluster.report.arn
    TaskDefinition  = aws_ecs_task_definition.report.arn_without_revision
    LaunchType      = "FARGATE"
    PlatformVersion = "LATEST"
    PropagateTags   = "TASK_DEFINITION"
    Group           = local.task_group

    NetworkConfiguration = {
      AwsvpcConfiguration = {
        Subnets        = local.subnet_ids
        SecurityGroups = [aws_security_group.task.id]
        AssignPublicIp = "DISABLED"
      }
    }
  }), "{"), "}")
}

data "aws_iam_policy_document" "execution_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["states.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }

    # https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [local.state_machine_arn]
    }
  }
}

data "aws_iam_policy_document" "state_machine" {
  #checkov:skip=CKV_AWS_111:deliveries of logs take no resource, and ListTasks none but the cluster of its condition
  #checkov:skip=CKV_AWS_356:as CKV_AWS_111

  # The newest revision, named by its family: an earlier one is gone once another was applied.
  statement {
    sid       = "StartTask"
    actions   = ["ecs:RunTask"]
    resources = [aws_ecs_task_definition.report.arn_without_revision, "${aws_ecs_task_definition.report.arn_without_revision}:*"]

    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [aws_ecs_cluster.report.arn]
    }
  }

  statement {
    sid       = "TagTask"
    actions   = ["ecs:TagResource"]
    resources = [local.task_arns]

    condition {
      test     = "StringEquals"
      variable = "ecs:CreateAction"
      values   = ["RunTask"]
    }
  }

  statement {
    sid       = "GiveTaskItsRoles"
    actions   = ["iam:PassRole"]
    resources = [aws_iam_role.task.arn, aws_iam_role.execution.arn]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }

  statement {
    sid       = "FollowAndStopTask"
    actions   = ["ecs:DescribeTasks", "ecs:StopTask"]
    resources = [local.task_arns]

    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [aws_ecs_cluster.report.arn]
    }
  }

  statement {
    sid       = "FindTask"
    actions   = ["ecs:ListTasks"]
    resources = ["*"]

    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [aws_ecs_cluster.report.arn]
    }
  }

  # The rule by which Step Functions itself hears that a task has stopped.
  # https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html
  statement {
    sid       = "HearOfTask"
    actions   = ["events:DescribeRule", "events:PutRule", "events:PutTargets"]
    resources = ["arn:${local.partition}:events:${local.region}:${local.account_id}:rule/StepFunctionsGetEventsForECSTaskRule"]
  }

  statement {
    sid       = "SeeOtherExecutions"
    actions   = ["states:ListExecutions"]
    resources = [local.state_machine_arn]
  }

  statement {
    sid       = "ReadLastWords"
    actions   = ["logs:GetLogEvents"]
    resources = ["${aws_cloudwatch_log_group.report.arn}:log-stream:run/report/*"]
  }

  # https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
  statement {
    sid = "DeliverLog"
    actions = [
      "logs:CreateLogDelivery",
      "logs:DeleteLogDelivery",
      "logs:DescribeLogGroups",
      "logs:DescribeResourcePolicies",
      "logs:GetLogDelivery",
      "logs:ListLogDeliveries",
      "logs:PutResourcePolicy",
      "logs:UpdateLogDelivery",
    ]
    resources = ["*"]
  }
}

resource "aws_iam_role" "state_machine" {
  name                 = "${var.name}-state-machine"
  description          = "Keeps a run of the IAM access key report alive"
  assume_role_policy   = data.aws_iam_policy_document.execution_trust.json
  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy" "state_machine" {
  name   = "run-to-the-end"
  role   = aws_iam_role.state_machine.id
  policy = data.aws_iam_policy_document.state_machine.json
}

resource "aws_iam_role_policies_exclusive" "state_machine" {
  role_name    = aws_iam_role.state_machine.name
  policy_names = [aws_iam_role_policy.state_machine.name]
}

resource "aws_sfn_state_machine" "report" {
  #checkov:skip=CKV_AWS_284:one task; the history of its execution tells all that a trace would
  name     = var.name
  type     = "STANDARD"
  role_arn = aws_iam_role.state_machine.arn

  definition = templatefile("${path.module}/execution.asl.json", {
    partition           = local.partition
    cluster_arn         = aws_ecs_cluster.report.arn
    task                = local.task_members
    shards              = var.shards
    log_group_name      = aws_cloudwatch_log_group.report.name
    report              = local.latest_report
    most_starts         = local.most_starts
    limit_hours         = var.time_limit_hours
    limit_seconds       = var.time_limit_hours * 3600
    whole_limit_seconds = (var.time_limit_hours * (2 * local.most_starts + 1) + 1) * 3600
  })

  logging_configuration {
    level                  = "ERROR"
    include_execution_data = true
    log_destination        = "${aws_cloudwatch_log_group.executions.arn}:*"
  }

  # The first execution must find the rights to it; Step Functions tries those to its log right away.
  depends_on = [aws_iam_role_policy.state_machine, aws_iam_role_policy.task, aws_iam_role_policy.execution]
}
