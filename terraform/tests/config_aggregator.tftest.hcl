# The task may ask the aggregators of its own account where the settings name one, and else AWS Config nothing.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  organization_id = "o-abcde12345"
  image_digest    = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  storage         = { force_destroy = true }
}

run "without" {
  assert {
    condition     = length([for statement in data.aws_iam_policy_document.task.statement : statement if statement.sid == "AskAggregator"]) == 0
    error_message = "Unless an aggregator is named, AWS Config is not asked."
  }
}

run "with" {
  variables {
    settings = { REPORT_DATA_STORES = "s3", REPORT_CONFIG_AGGREGATOR = "organization" }
  }

  assert {
    condition = one([
      for statement in data.aws_iam_policy_document.task.statement : { actions = toset(statement.actions), resources = toset(statement.resources) }
      if statement.sid == "AskAggregator"
      ]) == {
      actions   = toset(jsondecode(file("permissions.json")).config_aggregator[*].action)
      resources = toset(["arn:aws:config:*:111122223333:config-aggregator/*"])
    }
    error_message = "The task may ask the aggregators of its own account."
  }
}
