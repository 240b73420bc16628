# The other partitions: their own ARNs and domains, wherever a part of them is written here.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  organization_id = "o-abcde12345"
  image_digest    = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  storage         = { force_destroy = true }
}

run "china" {
  override_data {
    target = data.aws_partition.current
    values = { partition = "aws-cn", dns_suffix = "amazonaws.com.cn" }
  }

  override_data {
    target = data.aws_region.current
    values = { id = "cn-north-1" }
  }

  assert {
    condition     = jsondecode(aws_sfn_state_machine.report.definition).States.RunTask.Resource == "arn:aws-cn:states:::ecs:runTask.sync"
    error_message = "Step Functions is asked for its integrations in its own partition."
  }

  assert {
    condition     = local.state_machine_arn == "arn:aws-cn:states:cn-north-1:111122223333:stateMachine:iam-access-key-report"
    error_message = "The state machine is named in its partition before it is made."
  }

  assert {
    condition = one([
      for statement in data.aws_iam_policy_document.task.statement : one(statement.resources) if statement.sid == "AssumeMemberRoles"
    ]) == "arn:aws-cn:iam::*:role/iam-access-key-report-reader"
    error_message = "Member roles are those of the partition."
  }

  assert {
    condition = anytrue([
      for statement in data.aws_iam_policy_document.task.statement : anytrue([
        for condition in statement.condition : condition.variable == "kms:ViaService" && toset(condition.values) == toset(["s3.cn-north-1.amazonaws.com", "s3.cn-north-1.amazonaws.com.cn"])
      ])
    ])
    error_message = "The key is used through the Region's own S3, by either of its names."
  }

  assert {
    condition = anytrue([
      for statement in data.aws_iam_policy_document.operations_key.statement : anytrue([
        for principal in statement.principals : toset(principal.identifiers) == toset(["logs.cn-north-1.amazonaws.com.cn"])
      ])
    ])
    error_message = "The log's own service may use its key, by its name in China."
  }
}

run "govcloud" {
  override_data {
    target = data.aws_partition.current
    values = { partition = "aws-us-gov", dns_suffix = "amazonaws.com" }
  }

  override_data {
    target = data.aws_region.current
    values = { id = "us-gov-west-1" }
  }

  assert {
    condition     = jsondecode(aws_sfn_state_machine.report.definition).States.ReadLog.Resource == "arn:aws-us-gov:states:::aws-sdk:cloudwatchlogs:getLogEvents"
    error_message = "Step Functions is asked for its integrations in its own partition."
  }

  assert {
    condition     = local.schedule_group_arn == "arn:aws-us-gov:scheduler:us-gov-west-1:111122223333:schedule-group/iam-access-key-report"
    error_message = "The scheduler is trusted for a group of its partition."
  }

  assert {
    condition = one([
      for statement in data.aws_iam_policy_document.task.statement : one(statement.resources) if statement.sid == "AssumeMemberRoles"
    ]) == "arn:aws-us-gov:iam::*:role/iam-access-key-report-reader"
    error_message = "Member roles are those of the partition."
  }

  assert {
    condition = anytrue([
      for statement in data.aws_iam_policy_document.operations_key.statement : anytrue([
        for principal in statement.principals : toset(principal.identifiers) == toset(["logs.us-gov-west-1.amazonaws.com"])
      ])
    ])
    error_message = "The log's own service may use its key."
  }
}

run "european_sovereign_cloud" {
  override_data {
    target = data.aws_partition.current
    values = { partition = "aws-eusc", dns_suffix = "amazonaws.eu" }
  }

  override_data {
    target = data.aws_region.current
    values = { id = "eusc-de-east-1" }
  }

  assert {
    condition     = jsondecode(aws_sfn_state_machine.report.definition).States.ListExecutions.Resource == "arn:aws-eusc:states:::aws-sdk:sfn:listExecutions"
    error_message = "Step Functions is asked for its integrations in its own partition."
  }

  assert {
    condition = anytrue([
      for statement in data.aws_iam_policy_document.operations_key.statement : anytrue([
        for principal in statement.principals : toset(principal.identifiers) == toset(["logs.eusc-de-east-1.amazonaws.com"])
      ])
    ])
    error_message = "The log's own service may use its key; IAM knows no principal of the endpoints' domain there."
  }

  assert {
    condition = anytrue([
      for statement in data.aws_iam_policy_document.task.statement : anytrue([
        for condition in statement.condition : condition.variable == "kms:ViaService" && toset(condition.values) == toset(["s3.eusc-de-east-1.amazonaws.com", "s3.eusc-de-east-1.amazonaws.eu"])
      ])
    ])
    error_message = "The key is used through the Region's own S3, by either of its names."
  }

  assert {
    condition = one([
      for statement in data.aws_iam_policy_document.task.statement : one(statement.resources) if statement.sid == "AssumeMemberRoles"
    ]) == "arn:aws-eusc:iam::*:role/iam-access-key-report-reader"
    error_message = "Member roles are those of the partition."
  }
}

run "storage_of_another_deployment_in_china" {
  override_data {
    target = data.aws_partition.current
    values = { partition = "aws-cn", dns_suffix = "amazonaws.com.cn" }
  }

  override_data {
    target = data.aws_region.current
    values = { id = "cn-northwest-1" }
  }

  variables {
    central_storage = { bucket_name = "central", prefix = "keys", kms_key_arn = "arn:aws-cn:kms:cn-north-1:999900001111:key/1" }
  }

  assert {
    condition = one([
      for statement in data.aws_iam_policy_document.task.statement : one(statement.resources) if statement.sid == "KeepReports"
    ]) == "arn:aws-cn:s3:::central/keys/o-abcde12345/*"
    error_message = "The bucket is one of the partition."
  }

  assert {
    condition = anytrue([
      for statement in data.aws_iam_policy_document.task.statement : anytrue([
        for condition in statement.condition : condition.variable == "kms:ViaService" && toset(condition.values) == toset(["s3.cn-north-1.amazonaws.com", "s3.cn-north-1.amazonaws.com.cn"])
      ])
    ])
    error_message = "The key is used where the bucket is."
  }
}
