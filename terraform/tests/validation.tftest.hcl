# What each variable refuses, before anything is made: each run gives every variable another wrong value.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  organization_id = "o-abcde12345"
  image_digest    = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
}

run "first_wrong_values" {
  command = plan

  variables {
    organization_id       = "abcde"
    image_digest          = "latest"
    name                  = "Key_Report"
    architecture          = "arm64"
    task_size             = { cpu = 256, memory = 4096 }
    existing_network      = { vpc_id = "vpc-1", subnet_ids = [] }
    network_cidr          = "10.0.0.0/28"
    member_role           = { name = "a/b" }
    organization_role_arn = "OrganizationReader"
    settings              = { AWS_REGION = "eu-central-1" }
    policy_file           = "nowhere.toml"
    minimum_coverage      = 101
    schedule              = { expression = "every day" }
    storage               = { bucket_name = "My.Bucket" }
    reader_arns           = ["arn:aws:iam::111122223333:root"]
    log_retention_days    = 42
    time_limit_hours      = 0
    shards                = 17
    analytics             = {}
    quicksight            = { owner_arns = [] }
  }

  expect_failures = [
    var.organization_id,
    var.image_digest,
    var.name,
    var.architecture,
    var.task_size,
    var.existing_network,
    var.network_cidr,
    var.member_role,
    var.organization_role_arn,
    var.settings,
    var.policy_file,
    var.minimum_coverage,
    var.schedule,
    var.storage,
    var.reader_arns,
    var.log_retention_days,
    var.time_limit_hours,
    var.shards,
    var.quicksight,
  ]
}

run "second_wrong_values" {
  command = plan

  variables {
    image_digest = "sha256:0123"
    task_size    = { cpu = 300, memory = 1024 }
    member_role  = { path = "security" }
    settings     = { REPORT_TOPIC_ARN = "arn:aws:sns:eu-central-1:111122223333:mine" }
    schedule     = { time_zone = "CET please" }
    storage      = { prefix = "/reports" }
    analytics    = {}
    quicksight   = { owner_arns = ["arn"], refresh_time = "24:00" }
  }

  expect_failures = [
    var.image_digest,
    var.task_size,
    var.member_role,
    var.settings,
    var.schedule,
    var.storage,
    var.quicksight,
  ]
}

run "third_wrong_values" {
  command = plan

  variables {
    member_role = { external_id = "a b" }
    schedule    = { flexible_minutes = 1441 }
    settings    = { REPORT_TAG_COLUMS = "Environment" }
    storage     = { snapshot_days = 0 }
    quicksight  = { owner_arns = ["arn"] }
  }

  expect_failures = [
    var.member_role,
    var.schedule,
    var.settings,
    var.storage,
    var.quicksight,
  ]
}

run "fourth_wrong_values" {
  command = plan

  variables {
    analytics = { results_days = 0 }
    schedule  = { expression = "cron(0 4 * * *)" }
  }

  expect_failures = [var.analytics, var.schedule]
}

run "fifth_wrong_value" {
  command = plan

  variables {
    analytics  = {}
    quicksight = { owner_arns = ["arn"], days = 0 }
  }

  expect_failures = [var.quicksight]
}

run "a_longer_absence_than_cloudwatch_looks_back" {
  command = plan

  variables {
    alarms = { missed_after_hours = 169 }
  }

  expect_failures = [var.alarms]
}

run "an_absence_alarm_that_does_not_span_a_day" {
  command = plan

  variables {
    alarms = { missed_after_hours = 25 }
  }

  expect_failures = [var.alarms]
}

run "a_weekly_schedule_beside_a_daily_absence_alarm" {
  command = plan

  variables {
    schedule = { expression = "cron(0 4 ? * MON *)" }
  }

  expect_failures = [var.alarms]
}

run "a_rate_longer_than_the_absence_alarm" {
  command = plan

  variables {
    schedule = { expression = "rate(2 days)" }
  }

  expect_failures = [var.alarms]
}

run "two_days_and_no_question_mark" {
  command = plan

  variables {
    schedule = { expression = "cron(0 4 * * * *)" }
  }

  expect_failures = [var.schedule]
}

run "tag_columns_that_the_tables_do_not_have" {
  command = plan

  variables {
    analytics = {}
    settings  = { REPORT_TAG_COLUMNS = "Environment,Owner" }
  }

  expect_failures = [var.settings]
}

run "tables_with_tag_columns_that_are_not_set" {
  command = plan

  variables {
    analytics = { schema_file = "tests/schema_of_owner.json" }
  }

  expect_failures = [var.settings]
}

run "one_date_for_every_run" {
  command = plan

  variables {
    settings = { REPORT_DATE = "2026-11-22" }
  }

  expect_failures = [var.settings]
}

run "a_log_that_the_alarms_cannot_read" {
  command = plan

  variables {
    settings = { REPORT_LOG_FORMAT = "console" }
  }

  expect_failures = [var.settings]
}

run "another_organization_than_the_accounts" {
  command = plan

  variables {
    organization_id = "o-fghij67890"
  }

  expect_failures = [aws_s3_bucket_policy.report]
}
