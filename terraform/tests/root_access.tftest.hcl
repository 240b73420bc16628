# Who reads the organization takes audit sessions of root users only where it is asked for, and no others.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  trusted_role_arn = "arn:aws:iam::111122223333:role/iam-access-key-report-task"
  organization_id  = "o-abcde12345"
}

run "without" {
  module {
    source = "./modules/management-reader"
  }

  assert {
    condition     = toset(flatten(data.aws_iam_policy_document.read.statement[*].actions)) == toset(jsondecode(file("permissions.json")).organization[*].action)
    error_message = "Unless asked for, the role takes no session of a root user."
  }
}

run "with" {
  module {
    source = "./modules/management-reader"
  }

  variables {
    root_access = true
  }

  assert {
    condition = toset(flatten(data.aws_iam_policy_document.read.statement[*].actions)) == setunion(
      jsondecode(file("permissions.json")).organization[*].action,
      jsondecode(file("permissions.json")).root_access[*].action,
    )
    error_message = "The role may do what root users' keys are read by."
  }

  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.read.statement : one(statement.condition).values == tolist(["arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"])
      if contains(statement.actions, "sts:AssumeRoot")
    ])
    error_message = "Sessions of root users are for looking alone."
  }
}
