resource "aws_ecr_repository" "report" {
  name                 = var.name
  image_tag_mutability = "IMMUTABLE"
  force_delete         = var.storage.force_destroy

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = aws_kms_key.operations.arn
  }
}

# Whatever has a tag stays: which of them runs, or is gone back to, no rule can know.
resource "aws_ecr_lifecycle_policy" "report" {
  repository = aws_ecr_repository.report.name
  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "Remove what has no tag after two weeks"
      selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = 14 }
      action       = { type = "expire" }
    }]
  })
}

resource "aws_ecs_cluster" "report" {
  name = var.name

  setting {
    name  = "containerInsights"
    value = "enabled"
  }

  # ECS would make it itself, without a key and without an end.
  depends_on = [aws_cloudwatch_log_group.container_insights]
}

resource "aws_ecs_cluster_capacity_providers" "report" {
  cluster_name       = aws_ecs_cluster.report.name
  capacity_providers = ["FARGATE"]

  default_capacity_provider_strategy {
    capacity_provider = "FARGATE"
    weight            = 1
  }
}

# What is deployed is kept beside it: an apply that names no image, by whomever, goes on with the last one.
# Read as a list, which may be empty, for the parameter is not there before the first apply.
data "aws_ssm_parameters_by_path" "deployment" {
  path = local.parameters
}

resource "aws_ssm_parameter" "image_digest" {
  #checkov:skip=CKV2_AWS_34:the digest of an image is no secret
  name        = "${local.parameters}/image-digest"
  description = "Digest of the image that the IAM access key report runs; none before the first"
  type        = "String"
  value       = local.image_digest == null ? "none" : local.image_digest
}

locals {
  parameters    = "/iam-access-key-report/${var.name}"
  remembered    = zipmap(data.aws_ssm_parameters_by_path.deployment.names, nonsensitive(data.aws_ssm_parameters_by_path.deployment.values))
  last_digest   = lookup(local.remembered, "${local.parameters}/image-digest", "none")
  image_digest  = var.image_digest != null ? var.image_digest : local.last_digest == "none" ? null : local.last_digest
  image_address = local.image_digest == null ? ":not-pushed-yet" : "@${local.image_digest}"

  # A null leaves the job's own default.
  environment = merge(var.settings, {
    REPORT_BUCKET                = local.bucket_name
    REPORT_PREFIX                = local.prefix
    REPORT_KMS_KEY_ARN           = local.data_key_arn
    REPORT_MEMBER_ROLE           = local.member_role
    REPORT_EXTERNAL_ID           = var.member_role.external_id
    REPORT_ORGANIZATION_ROLE_ARN = var.organization_role_arn
    REPORT_POLICY_FILE           = local.policy_file_key == null ? null : "s3://${local.bucket_name}/${local.policy_file_key}"
    REPORT_TOPIC_ARN             = one(aws_sns_topic.changes[*].arn)
    REPORT_MIN_COVERAGE          = tostring(var.minimum_coverage)
    REPORT_DEPLOYMENT            = var.name
  })
}

resource "aws_ecs_task_definition" "report" {
  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.task_size.cpu
  memory                   = var.task_size.memory
  task_role_arn            = aws_iam_role.task.arn
  execution_role_arn       = aws_iam_role.execution.arn

  runtime_platform {
    cpu_architecture        = var.architecture
    operating_system_family = "LINUX"
  }

  container_definitions = jsonencode([{
    name                   = "report"
    image                  = "${aws_ecr_repository.report.repository_url}${local.image_address}"
    essential              = true
    user                   = "65532:65532"
    privileged             = false
    readonlyRootFilesystem = true
    stopTimeout            = 120
    environment            = [for name, value in local.environment : { name = name, value = value } if value != null]
    linuxParameters = {
      initProcessEnabled = true
      capabilities       = { drop = ["ALL"] }
    }
    # Blocking, where AWS's default drops lines that it cannot deliver: the line with the metrics is what the
    # alarms wait for, and a batch job that waits for its log hurts nobody.
    # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LogConfiguration.html
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.report.name
        awslogs-region        = local.region
        awslogs-stream-prefix = "run"
        mode                  = "blocking"
      }
    }
  }])

  lifecycle {
    precondition {
      condition     = local.owns_storage || var.organization_id == data.aws_organizations_organization.current.id
      error_message = "organization_id is not the id of this account's organization, ${data.aws_organizations_organization.current.id}: the other deployment's bucket would refuse its reports."
    }

    # Of another partition, neither key nor bucket could be reached.
    precondition {
      condition     = local.owns_storage || split(":", local.data_key_arn)[1] == local.partition
      error_message = "central_storage is of another partition than this account: organizations of one partition alone report into one bucket."
    }
  }
}

check "image" {
  assert {
    condition     = local.image_digest != null
    error_message = "No image yet: push one to the repository and set image_digest; until then the schedule is off."
  }
}
