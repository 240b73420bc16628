# Several organizations that report into one bucket: the deployment that owns it, and one of those that do not.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  organization_id = "o-abcde12345"
  image_digest    = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
}

run "owner" {
  variables {
    storage     = { force_destroy = true }
    analytics   = {}
    policy_file = "tests/policy.toml"
    quicksight  = { owner_arns = ["arn:aws:quicksight:eu-central-1:111122223333:group/default/security"] }
    reader_arns = ["arn:aws:iam::111122223333:role/analyst"]
    organizations = {
      "o-other67890" = {
        task_role_arn = "arn:aws:iam::444455556666:role/iam-access-key-report-task"
        policy_file   = "tests/policy.toml"
        reader_arns   = ["arn:aws:iam::444455556666:role/auditor"]
      }
      "o-third24680" = { task_role_arn = "arn:aws:iam::777788889999:role/iam-access-key-report-task" }
    }
  }

  assert {
    condition     = contains(jsondecode(aws_ecs_task_definition.report.container_definitions)[0].environment, { name = "REPORT_PREFIX", value = "iam-access-key-report/o-abcde12345" })
    error_message = "The owner's own reports have a folder too."
  }

  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.task.statement :
      statement.resources == toset(["${local.bucket_arn}/iam-access-key-report/o-abcde12345/*"]) if statement.sid == "KeepReports"
    ])
    error_message = "The owner's task may write below its own folder only."
  }

  assert {
    condition = {
      for statement in data.aws_iam_policy_document.bucket[0].statement : statement.sid => [for resource in statement.resources : trimprefix(resource, local.bucket_arn)]
      if startswith(statement.sid, "KeepReportsOf") || startswith(statement.sid, "ReadPolicyFileOf")
      } == {
      KeepReportsOfoother67890    = ["/iam-access-key-report/o-other67890/*"]
      KeepReportsOfothird24680    = ["/iam-access-key-report/o-third24680/*"]
      ReadPolicyFileOfoother67890 = ["/policy-file/o-other67890/policy.toml"]
    }
    error_message = "Each organization's task has its own folder, and reads its own policy file where there is one."
  }

  assert {
    condition = alltrue(flatten([
      for statement in data.aws_iam_policy_document.bucket[0].statement : [
        for condition in statement.condition : toset(condition.values) == toset(["o-abcde12345", "o-other67890", "o-third24680"]) if condition.variable == "aws:PrincipalOrgID"
      ] if statement.sid == "RefuseOtherOrganizations"
    ]))
    error_message = "No further organization comes near the bucket."
  }

  assert {
    condition     = toset([for rule in aws_s3_bucket_lifecycle_configuration.report[0].rule : rule.filter[0].prefix if startswith(rule.id, "snapshots")]) == toset(["iam-access-key-report/snapshots/", "iam-access-key-report/o-abcde12345/snapshots/", "iam-access-key-report/o-other67890/snapshots/", "iam-access-key-report/o-third24680/snapshots/"])
    error_message = "The snapshots of every organization expire, and so do those from before there were several."
  }

  assert {
    condition     = toset(keys(aws_s3_object.policy_file_of)) == toset(["o-other67890"]) && aws_s3_object.policy_file[0].key == "policy-file/policy.toml"
    error_message = "Each policy file is there."
  }

  assert {
    condition     = alltrue([for table in concat(values(aws_glue_catalog_table.parquet), values(aws_glue_catalog_table.csv)) : join(",", table.partition_keys[*].name) == "organization,dt"])
    error_message = "Every table is divided by organization and date."
  }

  assert {
    condition     = aws_glue_catalog_table.csv["keys"].parameters["storage.location.template"] == "s3://iam-access-key-report-111122223333-eu-central-1/iam-access-key-report/$${organization}/csv/keys/dt=$${dt}/"
    error_message = "The partitions lead into the folders."
  }

  assert {
    condition     = aws_glue_catalog_table.parquet["keys"].parameters["projection.organization.values"] == "o-abcde12345,o-other67890,o-third24680"
    error_message = "The organizations are found without a crawler."
  }

  assert {
    condition     = alltrue([for name, query in aws_athena_named_query.report : strcontains(query.query, "organization")])
    error_message = "No query mixes organizations."
  }

  assert {
    condition     = [for column in one(aws_quicksight_data_set.report["accounts"].physical_table_map).custom_sql[0].columns : "${column.name} ${column.type}" if contains(["organization", "is_newest"], column.name)] == ["organization STRING", "is_newest BIT"]
    error_message = "Data sets tell whose a row is, and whether it is of that organization's newest report."
  }

  assert {
    condition = output.central_storage == {
      "o-other67890" = { bucket_name = "iam-access-key-report-111122223333-eu-central-1", prefix = "iam-access-key-report", kms_key_arn = local.data_key_arn, policy_file = true }
      "o-third24680" = { bucket_name = "iam-access-key-report-111122223333-eu-central-1", prefix = "iam-access-key-report", kms_key_arn = local.data_key_arn, policy_file = false }
    }
    error_message = "The other deployments are told what they need."
  }
}

run "one_organization_stays_as_it_was" {
  variables {
    storage   = { force_destroy = true }
    analytics = {}
  }

  assert {
    condition     = join(",", aws_glue_catalog_table.parquet["keys"].partition_keys[*].name) == "dt" && !contains(keys(aws_glue_catalog_table.parquet["keys"].parameters), "projection.organization.type")
    error_message = "Its tables are divided by date alone."
  }

  assert {
    condition     = alltrue([for name, query in aws_athena_named_query.report : !strcontains(replace(query.query, "organization_id", ""), "organization,") && !strcontains(query.query, "BY organization")])
    error_message = "Its queries say nothing of organizations."
  }

  assert {
    condition     = [for rule in aws_s3_bucket_lifecycle_configuration.report[0].rule : rule.filter[0].prefix if startswith(rule.id, "snapshots")] == ["iam-access-key-report/snapshots/"]
    error_message = "It has the prefix to itself."
  }

  assert {
    condition     = output.central_storage == {}
    error_message = "Nobody else reports here."
  }
}

run "other_organization" {
  variables {
    central_storage = {
      bucket_name = "central"
      prefix      = "security/keys"
      kms_key_arn = "arn:aws:kms:eu-west-1:999900001111:key/11111111-2222-3333-4444-555555555555"
      policy_file = true
    }
  }

  assert {
    condition     = length(aws_s3_bucket.report) + length(aws_s3_bucket_policy.report) + length(aws_kms_key.data) + length(aws_kms_alias.data) + length(terraform_data.reports_kept) == 0
    error_message = "It has neither bucket nor key of its own."
  }

  assert {
    condition = alltrue([
      for name, value in {
        REPORT_BUCKET      = "central"
        REPORT_PREFIX      = "security/keys/o-abcde12345"
        REPORT_KMS_KEY_ARN = "arn:aws:kms:eu-west-1:999900001111:key/11111111-2222-3333-4444-555555555555"
        REPORT_POLICY_FILE = "s3://central/policy-file/o-abcde12345/policy.toml"
      } : contains(jsondecode(aws_ecs_task_definition.report.container_definitions)[0].environment, { name = name, value = value })
    ])
    error_message = "The task is told where the other deployment has it."
  }

  assert {
    condition = {
      for statement in data.aws_iam_policy_document.task.statement : statement.sid => one(statement.resources)
      if contains(["KeepReports", "ReadPolicyFile", "FindReports", "EncryptReports"], statement.sid)
      } == {
      KeepReports    = "arn:aws:s3:::central/security/keys/o-abcde12345/*"
      ReadPolicyFile = "arn:aws:s3:::central/policy-file/o-abcde12345/policy.toml"
      FindReports    = "arn:aws:s3:::central"
      EncryptReports = "arn:aws:kms:eu-west-1:999900001111:key/11111111-2222-3333-4444-555555555555"
    }
    error_message = "Its task may use its own folder of the other's bucket."
  }

  assert {
    condition = alltrue(flatten([
      for statement in data.aws_iam_policy_document.task.statement : [
        for condition in statement.condition : toset(condition.values) == toset(["s3.eu-west-1.amazonaws.com"]) if condition.variable == "kms:ViaService"
      ] if statement.sid == "EncryptReports"
    ]))
    error_message = "The key is used where the bucket is."
  }

  assert {
    condition     = output.latest_report == "s3://central/security/keys/o-abcde12345/latest/report.html"
    error_message = "The report is in the other's bucket."
  }
}

run "itself_among_the_others" {
  command = plan

  variables {
    organizations = { "o-abcde12345" = { task_role_arn = "arn:aws:iam::444455556666:role/task" } }
  }

  expect_failures = [var.organizations]
}

run "a_role_with_a_wildcard" {
  command = plan

  variables {
    organizations = { "o-other67890" = { task_role_arn = "arn:aws:iam::444455556666:role/*" } }
  }

  expect_failures = [var.organizations]
}

run "analytics_of_a_bucket_that_is_not_ones_own" {
  command = plan

  variables {
    analytics       = {}
    central_storage = { bucket_name = "central", prefix = "keys", kms_key_arn = "arn:aws:kms:eu-west-1:999900001111:key/1" }
  }

  expect_failures = [var.central_storage]
}

run "storage_of_another_partition" {
  command = plan

  variables {
    central_storage = { bucket_name = "central", prefix = "keys", kms_key_arn = "arn:aws-us-gov:kms:us-gov-west-1:999900001111:key/1" }
  }

  expect_failures = [aws_ecs_task_definition.report]
}

run "another_organization_than_the_accounts_in_central_storage" {
  command = plan

  variables {
    organization_id = "o-fghij67890"
    central_storage = { bucket_name = "central", prefix = "keys", kms_key_arn = "arn:aws:kms:eu-west-1:999900001111:key/1" }
  }

  expect_failures = [aws_ecs_task_definition.report]
}
