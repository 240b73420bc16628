# Every part that can be turned off, off and on.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  organization_id = "o-abcde12345"
  image_digest    = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  storage         = { force_destroy = true }
}

run "smallest" {
  assert {
    condition     = length(module.network) == 1
    error_message = "Without a network of its own the deployment makes one."
  }

  assert {
    condition     = length(aws_glue_catalog_table.parquet) + length(aws_athena_workgroup.report) + length(aws_athena_named_query.report) == 0
    error_message = "Analytics is off unless asked for."
  }

  assert {
    condition     = length(aws_quicksight_data_source.athena) + length(aws_quicksight_data_set.report) + length(aws_iam_role_policy.quicksight) == 0
    error_message = "QuickSight is off unless asked for."
  }

  assert {
    condition     = length(aws_s3_object.policy_file) + length(aws_sns_topic.changes) + length(aws_sns_topic_policy.changes) == 0
    error_message = "Policy file and notifications are off unless asked for."
  }

  assert {
    condition     = alltrue([for statement in data.aws_iam_policy_document.task.statement : statement.sid != "SendFindings"])
    error_message = "Findings are sent only where the settings say so."
  }

  assert {
    condition     = aws_scheduler_schedule.report["daily"].state == "ENABLED"
    error_message = "With an image the schedule is on."
  }

  assert {
    condition = [
      for statement in data.aws_iam_policy_document.task.statement : toset(statement.actions) if statement.sid == "ReadOrganization"
    ] == [toset(jsondecode(file("permissions.json")).organization[*].action)]
    error_message = "The task reads the organization itself."
  }

  assert {
    condition     = toset(keys(aws_cloudwatch_metric_alarm.report)) == toset(["coverage-low", "errors-logged", "run-failed", "run-missed", "start-undelivered"])
    error_message = "All five alarms are on."
  }

  assert {
    condition = {
      for setting in jsondecode(aws_ecs_task_definition.report.container_definitions)[0].environment : setting.name => setting.value
      } == {
      REPORT_BUCKET       = "iam-access-key-report-111122223333-eu-central-1"
      REPORT_PREFIX       = "iam-access-key-report"
      REPORT_KMS_KEY_ARN  = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-0000-0000-000000000000"
      REPORT_MEMBER_ROLE  = "iam-access-key-report-reader"
      REPORT_MIN_COVERAGE = "100"
      REPORT_DEPLOYMENT   = "iam-access-key-report"
    }
    error_message = "The task gets the settings that the infrastructure decides, and no more."
  }
}

run "container_is_locked_down" {
  assert {
    condition     = jsondecode(aws_ecs_task_definition.report.container_definitions)[0].readonlyRootFilesystem
    error_message = "The file system is read-only."
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.report.container_definitions)[0].user == "65532:65532"
    error_message = "The user is not root."
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.report.container_definitions)[0].linuxParameters.capabilities.drop == ["ALL"]
    error_message = "All capabilities are dropped."
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.report.container_definitions)[0].stopTimeout == 120
    error_message = "A stopped task has the longest time to save what it has."
  }

  assert {
    condition     = endswith(jsondecode(aws_ecs_task_definition.report.container_definitions)[0].image, "@${var.image_digest}")
    error_message = "The image is named by its digest."
  }
}

run "an_apply_that_names_no_image_goes_on_with_the_last_one" {
  variables {
    image_digest = null
  }

  override_data {
    target = data.aws_ssm_parameters_by_path.deployment
    values = {
      names  = ["/iam-access-key-report/iam-access-key-report/image-digest"]
      values = ["sha256:fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"]
    }
  }

  assert {
    condition     = endswith(jsondecode(aws_ecs_task_definition.report.container_definitions)[0].image, "@sha256:fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210")
    error_message = "The image that was deployed last is the image still."
  }

  assert {
    condition     = aws_ssm_parameter.image_digest.value == "sha256:fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
    error_message = "What is remembered is not forgotten by remembering nothing."
  }

  assert {
    condition     = aws_scheduler_schedule.report["daily"].state == "ENABLED"
    error_message = "The schedule stays on."
  }

  assert {
    condition     = contains(keys(aws_cloudwatch_metric_alarm.report), "run-missed")
    error_message = "The absence of reports stays watched."
  }
}

run "another_image_takes_the_last_ones_place" {
  override_data {
    target = data.aws_ssm_parameters_by_path.deployment
    values = {
      names  = ["/iam-access-key-report/iam-access-key-report/image-digest"]
      values = ["sha256:fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"]
    }
  }

  assert {
    condition     = aws_ssm_parameter.image_digest.value == var.image_digest
    error_message = "The image that is named is the one that is remembered."
  }
}

run "before_the_first_image" {
  variables {
    image_digest = null
  }

  override_data {
    target = data.aws_ssm_parameters_by_path.deployment
    values = {
      names  = ["/iam-access-key-report/iam-access-key-report/image-digest"]
      values = ["none"]
    }
  }

  expect_failures = [check.image]

  assert {
    condition     = aws_scheduler_schedule.report["daily"].state == "DISABLED"
    error_message = "Without an image the schedule waits."
  }

  assert {
    condition     = !contains(keys(aws_cloudwatch_metric_alarm.report), "run-missed")
    error_message = "Before the first image no report is missed, and no alarm stands in ALARM."
  }
}

run "manual_runs_without_alarms_in_an_existing_network" {
  variables {
    schedule         = null
    alarms           = null
    existing_network = { vpc_id = "vpc-1", subnet_ids = ["subnet-b", "subnet-a"] }
  }

  assert {
    condition     = length(aws_scheduler_schedule.report) == 0
    error_message = "No schedule was asked for."
  }

  assert {
    condition     = length(aws_sns_topic.alarms) + length(aws_cloudwatch_metric_alarm.report) + length(aws_cloudwatch_event_target.failed) == 0
    error_message = "No alarms were asked for."
  }

  assert {
    condition     = length(module.network) == 0
    error_message = "The network is there already."
  }

  assert {
    condition     = strcontains(output.run_task_command, "subnets=[subnet-a,subnet-b]")
    error_message = "The command starts the task in the given subnets."
  }

  assert {
    condition     = jsondecode(aws_sfn_state_machine.report.definition).States.RunTask.Parameters.NetworkConfiguration.AwsvpcConfiguration.Subnets == ["subnet-a", "subnet-b"]
    error_message = "An execution starts the task in the given subnets."
  }
}

run "accounts_are_read_by_one_task_unless_asked_for_more" {
  assert {
    condition     = jsondecode(aws_sfn_state_machine.report.definition).States.TakeInput.Parameters.default.shards == 1
    error_message = "Shards are off unless asked for."
  }
}

run "shards_start_the_same_task_as_the_run_itself" {
  variables {
    shards = 4
  }

  assert {
    condition     = jsondecode(aws_sfn_state_machine.report.definition).States.TakeInput.Parameters.default.shards == 4
    error_message = "An execution has as many shards as the variable says."
  }

  assert {
    condition = {
      for name, value in jsondecode(aws_sfn_state_machine.report.definition).States.ReadShards.ItemProcessor.States.ReadShard.Parameters : name => value if name != "Overrides"
      } == {
      for name, value in jsondecode(aws_sfn_state_machine.report.definition).States.RunTask.Parameters : name => value if name != "Overrides"
    }
    error_message = "A shard is the same task in the same place."
  }
}

run "a_run_has_a_time_limit" {
  variables {
    time_limit_hours = 2
  }

  assert {
    condition     = jsondecode(aws_sfn_state_machine.report.definition).States.RunTask.TimeoutSeconds == 7200
    error_message = "A task may take as long as the limit says."
  }

  assert {
    condition     = jsondecode(aws_sfn_state_machine.report.definition).TimeoutSeconds == 9 * 7200 + 3600
    error_message = "All starts of it together, with the pauses between them, end as well."
  }
}

run "a_scheduled_run_is_named_after_its_time" {
  variables {
    schedule = { expression = "rate(7 days)", time_zone = "Europe/Berlin", flexible_minutes = 0 }
    alarms   = { missed_after_hours = 0 }
  }

  assert {
    condition     = strcontains(aws_scheduler_schedule.report["daily"].target[0].input, "\"<aws.scheduler.scheduled-time>\"")
    error_message = "The placeholder stands in the input as it is, with its angle brackets."
  }

  assert {
    condition     = aws_scheduler_schedule.report["daily"].flexible_time_window[0].mode == "OFF"
    error_message = "Zero minutes is no flexible window."
  }
}

run "everything" {
  variables {
    analytics             = {}
    quicksight            = { owner_arns = ["arn:aws:quicksight:eu-central-1:111122223333:user/default/analyst"] }
    organization_role_arn = "arn:aws:iam::444455556666:role/reader"
    member_role           = { name = "auditor", path = "/security/", external_id = "acme" }
    reader_arns           = ["arn:aws:iam::111122223333:role/analyst"]
    settings              = { REPORT_TAG_COLUMNS = "Environment, DataClassification", REPORT_SECURITY_HUB = "true" }
    alarms                = { emails = ["security@example.com"], missed_after_hours = 168 }
    policy_file           = "tests/policy.toml"
    notifications         = { emails = ["security@example.com"], owner_emails = { shop = "shop@example.com" } }
    storage               = { access_log_bucket = "logs", prefix = "security/keys", force_destroy = true }

    permissions_boundary_arn = "arn:aws:iam::111122223333:policy/boundary"
  }

  assert {
    condition = alltrue([
      for role in [aws_iam_role.task, aws_iam_role.execution, aws_iam_role.scheduler] : role.permissions_boundary == var.permissions_boundary_arn
    ])
    error_message = "Every role has the boundary that the account asks for."
  }

  assert {
    condition = [
      for statement in data.aws_iam_policy_document.task.statement : statement.sid
    ] == ["AssumeMemberRoles", "AssumeOrganizationReader", "KeepReports", "ReadPolicyFile", "FindReports", "EncryptReports", "TellWhatIsNew", "SendFindings", "EncryptMessages"]
    error_message = "The task reads the organization through the role, and not itself."
  }

  assert {
    condition     = toset(keys(aws_glue_catalog_table.parquet)) == toset(["keys", "accounts", "findings", "changes", "stores", "access", "credentials"])
    error_message = "Each dataset has its table."
  }

  assert {
    condition     = toset([for table in aws_glue_catalog_table.csv : table.name]) == toset(["keys_csv", "accounts_csv", "findings_csv", "changes_csv", "stores_csv", "access_csv", "credentials_csv"])
    error_message = "Each dataset has its table of text."
  }

  assert {
    condition     = aws_glue_catalog_table.parquet["keys"].parameters["storage.location.template"] == "s3://iam-access-key-report-111122223333-eu-central-1/security/keys/parquet/keys/dt=$${dt}/"
    error_message = "The dates of the report are found without a crawler."
  }

  assert {
    condition     = toset(keys(aws_quicksight_refresh_schedule.report)) == toset(["keys", "accounts"])
    error_message = "Both data sets are refreshed."
  }

  assert {
    condition     = length(aws_s3_bucket_logging.report) == 1 && length(aws_sns_topic_subscription.alarms) == 1
    error_message = "Access logs and e-mails were asked for."
  }

  assert {
    condition     = jsondecode(aws_sns_topic_subscription.changes_of_owner["shop"].filter_policy) == { owner = ["shop"] }
    error_message = "An owner gets its own messages alone."
  }

  assert {
    condition     = jsondecode(aws_sns_topic_subscription.changes["security@example.com"].filter_policy) == { owner = [{ exists = false }] }
    error_message = "The others get the message of the run."
  }

  assert {
    condition = [
      for statement in data.aws_iam_policy_document.task.statement : [statement.actions, statement.resources] if statement.sid == "SendFindings"
      ] == [
      [toset(["securityhub:BatchImportFindings"]), toset(["arn:aws:securityhub:eu-central-1:111122223333:product/111122223333/default"])],
    ]
    error_message = "Findings go to this account's own product."
  }

  assert {
    condition     = aws_s3_object.policy_file[0].content == file("tests/policy.toml")
    error_message = "The file is put there as it is."
  }

  assert {
    condition = alltrue([
      for name, value in {
        REPORT_POLICY_FILE           = "s3://iam-access-key-report-111122223333-eu-central-1/policy-file/policy.toml"
        REPORT_MEMBER_ROLE           = "security/auditor"
        REPORT_EXTERNAL_ID           = "acme"
        REPORT_ORGANIZATION_ROLE_ARN = "arn:aws:iam::444455556666:role/reader"
        REPORT_TAG_COLUMNS           = "Environment, DataClassification"
        REPORT_PREFIX                = "security/keys"
      } : contains(jsondecode(aws_ecs_task_definition.report.container_definitions)[0].environment, { name = name, value = value })
    ])
    error_message = "The task is told what was asked for."
  }
}

run "a_weekday_schedule_spans_the_weekend" {
  command = plan

  variables {
    schedule = { expression = "cron(0 4 ? * MON-FRI *)" }
    alarms   = { missed_after_hours = 74 }
  }

  assert {
    condition     = local.schedule_gap == 72
    error_message = "From Friday to Monday are three days."
  }
}

run "a_schedule_of_some_dates_has_no_absence_alarm" {
  command = plan

  variables {
    schedule = { expression = "cron(0 4 1 * ? *)" }
    alarms   = { missed_after_hours = 0 }
  }

  assert {
    condition     = toset(keys(aws_cloudwatch_metric_alarm.report)) == toset(["coverage-low", "errors-logged", "run-failed", "start-undelivered"])
    error_message = "A month is more than CloudWatch looks back; what fails is told of all the same."
  }
}

run "tag_columns_of_your_own_are_columns_of_the_tables" {
  command = plan

  variables {
    analytics = { schema_file = "tests/schema_of_owner.json" }
    settings  = { REPORT_TAG_COLUMNS = "Owner" }
  }

  assert {
    condition     = [for column in aws_glue_catalog_table.parquet["keys"].storage_descriptor[0].columns : column.name] == ["tag_owner"]
    error_message = "The table is the one of schema_file."
  }
}
