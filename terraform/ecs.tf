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

resource "aws_ecr_lifecycle_policy" "report" {
  repository = aws_ecr_repository.report.name
  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "Keep the newest ten images"
      selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 10 }
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
}

resource "aws_ecs_cluster_capacity_providers" "report" {
  cluster_name       = aws_ecs_cluster.report.name
  capacity_providers = ["FARGATE"]

  default_capacity_provider_strategy {
    capacity_provider = "FARGATE"
    weight            = 1
  }
}

locals {
  image = "${aws_ecr_repository.report.repository_url}${var.image_digest == null ? ":not-pushed-yet" : "@${var.image_digest}"}"

  # A null leaves the job's own default.
  environment = merge(var.settings, {
    REPORT_BUCKET                = aws_s3_bucket.report.bucket
    REPORT_PREFIX                = var.storage.prefix
    REPORT_KMS_KEY_ARN           = aws_kms_key.data.arn
    REPORT_MEMBER_ROLE           = local.member_role
    REPORT_EXTERNAL_ID           = var.member_role.external_id
    REPORT_ORGANIZATION_ROLE_ARN = var.organization_role_arn
    REPORT_MIN_COVERAGE          = tostring(var.minimum_coverage)
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
    image                  = local.image
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
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.report.name
        awslogs-region        = local.region
        awslogs-stream-prefix = "run"
      }
    }
  }])
}

check "image" {
  assert {
    condition     = var.image_digest != null
    error_message = "No image yet: push one to the repository and set image_digest; until then the schedule is off."
  }
}
