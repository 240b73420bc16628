output "task_role_arn" {
  description = "Role of the task, which the member roles trust."
  value       = aws_iam_role.task.arn
}

output "member_role_name" {
  description = "Name of the role that the job assumes in every account."
  value       = var.member_role.name
}

output "delegation_policy" {
  description = "The organization's delegation policy that lets this account read it, for `aws organizations put-resource-policy` in the management account."
  value       = data.aws_iam_policy_document.delegation.json
}

output "repository_url" {
  description = "Where to push the image."
  value       = aws_ecr_repository.report.repository_url
}

output "image_digest" {
  description = "Digest of the image that runs; null before the first."
  value       = local.image_digest
}

output "task_definition_arn" {
  description = "The task definition's newest revision."
  value       = aws_ecs_task_definition.report.arn
}

output "bucket_name" {
  description = "Bucket of the reports."
  value       = local.bucket_name
}

output "latest_report" {
  description = "The newest report for people."
  value       = local.latest_report
}

output "data_key_arn" {
  description = "KMS key of the reports."
  value       = local.data_key_arn
}

output "central_storage" {
  description = "For the deployments of other organizations: what each gives as its variable of this name, by organization."
  value = {
    for id, each in var.organizations : id => {
      bucket_name = local.bucket_name
      prefix      = local.base_prefix
      kms_key_arn = local.data_key_arn
      policy_file = each.policy_file != null
    }
  }
}

output "log_group_name" {
  description = "Log of the job."
  value       = aws_cloudwatch_log_group.report.name
}

output "alarm_topic_arn" {
  description = "Topic of the alarms; null without alarms."
  value       = one(aws_sns_topic.alarms[*].arn)
}

output "changes_topic_arn" {
  description = "Topic of what is new, for further subscriptions; null without notifications."
  value       = one(aws_sns_topic.changes[*].arn)
}

output "athena_workgroup" {
  description = "Workgroup that holds the named queries; null without analytics."
  value       = one(aws_athena_workgroup.report[*].name)
}

output "state_machine_arn" {
  description = "The state machine, of which one execution is one run."
  value       = aws_sfn_state_machine.report.arn
}

output "start_execution_command" {
  description = "Starts a run now. Settings of one run go in behind it: --input '{\"environment\":[{\"Name\":\"REPORT_ACCOUNTS\",\"Value\":\"111122223333\"}]}'; so does the run to go on with: --input '{\"run_id\":\"20261129T040000Z\"}'"
  value       = "aws stepfunctions start-execution --region ${local.region} --state-machine-arn ${aws_sfn_state_machine.report.arn}"
}

output "run_task_command" {
  description = "Starts the task alone, which nobody starts again. Settings of one run go in behind it: --overrides '{\"containerOverrides\":[{\"name\":\"report\",\"environment\":[{\"name\":\"REPORT_ACCOUNTS\",\"value\":\"111122223333\"}]}]}'"
  value = join(" ", [
    "aws ecs run-task",
    "--region ${local.region}",
    "--cluster ${aws_ecs_cluster.report.name}",
    "--task-definition ${aws_ecs_task_definition.report.family}",
    "--launch-type FARGATE",
    "--propagate-tags TASK_DEFINITION",
    "--network-configuration 'awsvpcConfiguration={subnets=[${join(",", local.subnet_ids)}],securityGroups=[${aws_security_group.task.id}],assignPublicIp=DISABLED}'",
  ])
}
