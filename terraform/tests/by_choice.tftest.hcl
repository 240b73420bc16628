# What the member role may do, with and without what is read by choice.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  trusted_role_arn        = "arn:aws:iam::111122223333:role/iam-access-key-report-task"
  organization_id         = "o-abcde12345"
  organizational_unit_ids = ["r-ab12"]
}

run "role_without" {
  module {
    source = "./modules/member-role"
  }

  assert {
    condition = toset(data.aws_iam_policy_document.read.statement[0].actions) == setunion(
      jsondecode(file("permissions.json")).member[*].action,
      jsondecode(file("permissions.json")).credentials.service_specific[*].action,
      jsondecode(file("permissions.json")).credentials.signing_certificates[*].action,
    )
    error_message = "Unless asked for, the role may read no data store and no SSH keys."
  }
}

run "role_with_buckets_and_keys" {
  module {
    source = "./modules/member-role"
  }

  variables {
    credentials = ["ssh_public_keys"]
    data_stores = ["s3", "kms"]
  }

  assert {
    condition = toset(data.aws_iam_policy_document.read.statement[0].actions) == setunion(
      jsondecode(file("permissions.json")).member[*].action,
      jsondecode(file("permissions.json")).credentials.ssh_public_keys[*].action,
      jsondecode(file("permissions.json")).data_stores.s3[*].action,
      jsondecode(file("permissions.json")).data_stores.kms[*].action,
    )
    error_message = "The role may read what is asked for, and nothing of other kinds."
  }
}

run "stack_set_without" {
  module {
    source = "./modules/stackset"
  }

  variables {
    credentials = []
  }

  assert {
    condition     = aws_cloudformation_stack_set.member_role.parameters.Actions == join(",", jsondecode(file("permissions.json")).member[*].action)
    error_message = "Unless asked for, the roles may read no data store."
  }
}

run "stack_set_with_tables" {
  module {
    source = "./modules/stackset"
  }

  variables {
    credentials = []
    data_stores = ["dynamodb"]
  }

  assert {
    condition = aws_cloudformation_stack_set.member_role.parameters.Actions == join(",", concat(
      jsondecode(file("permissions.json")).member[*].action,
      jsondecode(file("permissions.json")).data_stores.dynamodb[*].action,
    ))
    error_message = "The roles may read what is asked for, and nothing of other kinds."
  }
}

run "a_kind_that_there_is_not" {
  command = plan

  module {
    source = "./modules/member-role"
  }

  variables {
    data_stores = ["redshift"]
  }

  expect_failures = [var.data_stores]
}
