# What each variable refuses, before anything is made.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  organization_id = "o-abcde12345"
  image_digest    = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
}

run "refuses_organization_id" {
  command = plan

  variables {
    organization_id = "abcde"
  }

  expect_failures = [var.organization_id]
}

run "refuses_image_tag" {
  command = plan

  variables {
    image_digest = "latest"
  }

  expect_failures = [var.image_digest]
}

run "refuses_image_short_digest" {
  command = plan

  variables {
    image_digest = "sha256:0123"
  }

  expect_failures = [var.image_digest]
}

run "refuses_name" {
  command = plan

  variables {
    name = "Key_Report"
  }

  expect_failures = [var.name]
}

run "refuses_architecture" {
  command = plan

  variables {
    architecture = "arm64"
  }

  expect_failures = [var.architecture]
}

run "refuses_task_memory" {
  command = plan

  variables {
    task_size = { cpu = 256, memory = 4096 }
  }

  expect_failures = [var.task_size]
}

run "refuses_task_cpu" {
  command = plan

  variables {
    task_size = { cpu = 300, memory = 1024 }
  }

  expect_failures = [var.task_size]
}

run "refuses_no_subnets" {
  command = plan

  variables {
    existing_network = { vpc_id = "vpc-1", subnet_ids = [] }
  }

  expect_failures = [var.existing_network]
}

run "refuses_network_cidr" {
  command = plan

  variables {
    network_cidr = "10.0.0.0/28"
  }

  expect_failures = [var.network_cidr]
}

run "refuses_member_role_with_path_in_name" {
  command = plan

  variables {
    member_role = { name = "a/b" }
  }

  expect_failures = [var.member_role]
}

run "refuses_member_role_path" {
  command = plan

  variables {
    member_role = { path = "security" }
  }

  expect_failures = [var.member_role]
}

run "refuses_external_id" {
  command = plan

  variables {
    member_role = { external_id = "a b" }
  }

  expect_failures = [var.member_role]
}

run "refuses_organization_role" {
  command = plan

  variables {
    organization_role_arn = "OrganizationReader"
  }

  expect_failures = [var.organization_role_arn]
}

run "refuses_setting_of_something_else" {
  command = plan

  variables {
    settings = { AWS_REGION = "eu-central-1" }
  }

  expect_failures = [var.settings]
}

run "refuses_setting_that_a_variable_decides" {
  command = plan

  variables {
    settings = { REPORT_BUCKET = "mine" }
  }

  expect_failures = [var.settings]
}

run "refuses_coverage" {
  command = plan

  variables {
    minimum_coverage = 101
  }

  expect_failures = [var.minimum_coverage]
}

run "refuses_schedule_expression" {
  command = plan

  variables {
    schedule = { expression = "every day" }
  }

  expect_failures = [var.schedule]
}

run "refuses_time_zone" {
  command = plan

  variables {
    schedule = { time_zone = "CET please" }
  }

  expect_failures = [var.schedule]
}

run "refuses_flexible_window" {
  command = plan

  variables {
    schedule = { flexible_minutes = 1441 }
  }

  expect_failures = [var.schedule]
}

run "refuses_bucket_name" {
  command = plan

  variables {
    storage = { bucket_name = "My.Bucket" }
  }

  expect_failures = [var.storage]
}

run "refuses_prefix_with_leading_slash" {
  command = plan

  variables {
    storage = { prefix = "/reports" }
  }

  expect_failures = [var.storage]
}

run "refuses_retention" {
  command = plan

  variables {
    storage = { snapshot_days = 0 }
  }

  expect_failures = [var.storage]
}

run "refuses_reader" {
  command = plan

  variables {
    reader_arns = ["arn:aws:iam::111122223333:root"]
  }

  expect_failures = [var.reader_arns]
}

run "refuses_log_retention" {
  command = plan

  variables {
    log_retention_days = 42
  }

  expect_failures = [var.log_retention_days]
}

run "refuses_missed_run" {
  command = plan

  variables {
    alarms = { missed_after_hours = 169 }
  }

  expect_failures = [var.alarms]
}

run "refuses_query_results" {
  command = plan

  variables {
    analytics = { results_days = 0 }
  }

  expect_failures = [var.analytics]
}

run "refuses_quicksight_without_owner" {
  command = plan

  variables {
    analytics  = {}
    quicksight = { owner_arns = [] }
  }

  expect_failures = [var.quicksight]
}

run "refuses_quicksight_time" {
  command = plan

  variables {
    analytics  = {}
    quicksight = { owner_arns = ["arn"], refresh_time = "24:00" }
  }

  expect_failures = [var.quicksight]
}

run "refuses_quicksight_without_analytics" {
  command = plan

  variables {
    quicksight = { owner_arns = ["arn"] }
  }

  expect_failures = [var.quicksight]
}
