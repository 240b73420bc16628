# Bucket and key of everything that names people and keys. Where they are another deployment's, nothing is made
# here; where others report into them, each organization has a folder of its own that it alone may write.

locals {
  owns_storage = var.central_storage == null

  # One organization alone has the prefix to itself.
  several          = !local.owns_storage || length(var.organizations) > 0
  organization_ids = sort(concat([var.organization_id], keys(var.organizations)))
  base_prefix      = local.owns_storage ? var.storage.prefix : var.central_storage.prefix
  prefix           = local.several ? "${local.base_prefix}/${var.organization_id}" : local.base_prefix
  prefixes         = local.several ? [for id in local.organization_ids : "${local.base_prefix}/${id}"] : [local.base_prefix]

  # Known before the bucket is there, which waits for its key and so for the key's policy.
  own_bucket_name = coalesce(var.storage.bucket_name, "${var.name}-${local.account_id}-${local.region}")

  bucket_name    = local.owns_storage ? one(aws_s3_bucket.report[*].bucket) : var.central_storage.bucket_name
  bucket_arn     = local.owns_storage ? one(aws_s3_bucket.report[*].arn) : "arn:${local.partition}:s3:::${var.central_storage.bucket_name}"
  data_key_arn   = local.owns_storage ? one(aws_kms_key.data[*].arn) : var.central_storage.kms_key_arn
  storage_region = local.owns_storage ? local.region : split(":", var.central_storage.kms_key_arn)[3]

  task_object_actions = [for action in local.task_actions : action if startswith(action, "s3:") && action != "s3:ListBucket"]
  task_key_actions    = [for action in local.task_actions : action if startswith(action, "kms:")]
  read_kinds          = ["csv", "html", "latest", "manifests", "ocsf", "parquet", "runs"]

  # Those of other organizations, where this deployment was given any; and the one that is this deployment's own.
  policy_files_of = { for id, each in var.organizations : id => each.policy_file if each.policy_file != null }
  policy_file_key = local.owns_storage ? one(aws_s3_object.policy_file[*].key) : var.central_storage.policy_file ? "policy-file/${var.organization_id}/policy.toml" : null

  # What the task of each other organization may do in the bucket.
  grants_to_tasks = concat([], [
    for id, each in var.organizations : concat(
      [
        {
          organization_id = id
          role_arn        = each.task_role_arn
          what            = "KeepReports"
          actions         = local.task_object_actions
          resource        = "${local.bucket_arn}/${local.base_prefix}/${id}/*"
          prefixes        = tolist([])
        },
        {
          organization_id = id
          role_arn        = each.task_role_arn
          what            = "FindReports"
          actions         = ["s3:ListBucket"]
          resource        = local.bucket_arn
          prefixes        = ["${local.base_prefix}/${id}/*"]
        },
      ],
      [
        for key in ["policy-file/${id}/policy.toml"] : {
          organization_id = id
          role_arn        = each.task_role_arn
          what            = "ReadPolicyFile"
          actions         = ["s3:GetObject"]
          resource        = "${local.bucket_arn}/${key}"
          prefixes        = tolist([])
        } if each.policy_file != null
      ],
    )
  ]...)

  # Who reads what: readers named by themselves everything, those of an organization that one's alone.
  readers = merge(
    { for arns in [var.reader_arns] : "" => { arns = arns, prefixes = local.prefixes } if length(arns) > 0 },
    { for id, each in var.organizations : id => { arns = each.reader_arns, prefixes = ["${local.base_prefix}/${id}"] } if length(each.reader_arns) > 0 },
  )
  all_reader_arns = setunion(var.reader_arns, flatten([for each in values(var.organizations) : each.reader_arns]))

  # The account as principal and the role as condition, so that a role may be recreated under its name:
  # named as principal it would be pinned to its unique id. Its own policies must allow the same.
  root_of = {
    for arn in setunion(local.all_reader_arns, values(var.organizations)[*].task_role_arn) :
    arn => "arn:${local.partition}:iam::${split(":", arn)[4]}:root"
  }
}

data "aws_iam_policy_document" "data_key" {
  #checkov:skip=CKV_AWS_109:a key policy is about its own key only
  #checkov:skip=CKV_AWS_111:as CKV_AWS_109
  #checkov:skip=CKV_AWS_356:as CKV_AWS_109, "*" is the key itself
  statement {
    sid       = "IamPoliciesOfThisAccount"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${local.account_id}:root"]
    }
  }

  dynamic "statement" {
    for_each = length(local.all_reader_arns) > 0 ? [local.all_reader_arns] : []

    content {
      sid       = "ReadersThroughTheBucket"
      actions   = ["kms:Decrypt"]
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = distinct([for arn in statement.value : local.root_of[arn]])
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:PrincipalArn"
        values   = statement.value
      }

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = local.via_s3
      }
    }
  }
  # Other organizations' tasks, each only while it is of that organization, and through this bucket alone.
  dynamic "statement" {
    for_each = var.organizations

    content {
      sid       = "TaskOf${replace(statement.key, "-", "")}"
      actions   = local.task_key_actions
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = [local.root_of[statement.value.task_role_arn]]
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:PrincipalArn"
        values   = [statement.value.task_role_arn]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:PrincipalOrgID"
        values   = [statement.key]
      }

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = local.via_s3
      }

      condition {
        test     = "ArnLike"
        variable = "kms:EncryptionContext:aws:s3:arn"
        values   = ["arn:${local.partition}:s3:::${local.own_bucket_name}", "arn:${local.partition}:s3:::${local.own_bucket_name}/*"]
      }
    }
  }
}

resource "aws_kms_key" "data" {
  count = local.owns_storage ? 1 : 0

  description             = "${var.name}: reports and snapshots"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.data_key.json
}

resource "aws_kms_alias" "data" {
  count = local.owns_storage ? 1 : 0

  name          = "alias/${var.name}-data"
  target_key_id = aws_kms_key.data[0].key_id
}

resource "aws_s3_bucket" "report" {
  #checkov:skip=CKV_AWS_144:every report can be made again from AWS; one Region does
  #checkov:skip=CKV2_AWS_62:nothing waits for an object; the run itself is watched
  #checkov:skip=CKV_AWS_18:storage.access_log_bucket turns it on, where CloudTrail data events do not do it already
  count = local.owns_storage ? 1 : 0

  bucket        = local.own_bucket_name
  force_destroy = var.storage.force_destroy

  # The key goes last: reports without it are lost.
  depends_on = [aws_kms_key.data]
}

# Terraform destroys first what nothing depends on. Here that is this, which refuses unless reports may go;
# so bucket, locks and key stay together, in a destroy as where another name would replace the bucket.
resource "terraform_data" "reports_kept" {
  count = local.owns_storage ? 1 : 0

  triggers_replace = aws_s3_bucket.report[0].bucket

  input = {
    bucket     = aws_s3_bucket.report[0].bucket
    disposable = var.storage.force_destroy
  }

  provisioner "local-exec" {
    when    = destroy
    command = self.output.disposable ? "exit 0" : "echo The bucket ${self.output.bucket} stays with its key and its locks: apply with storage.force_destroy = true before a destroy that is to remove the reports. && exit 1"
  }

  depends_on = [
    aws_kms_alias.data,
    aws_kms_key.data,
    aws_s3_bucket_lifecycle_configuration.report,
    aws_s3_bucket_logging.report,
    aws_s3_bucket_ownership_controls.report,
    aws_s3_bucket_policy.report,
    aws_s3_bucket_public_access_block.report,
    aws_s3_bucket_server_side_encryption_configuration.report,
    aws_s3_bucket_versioning.report,
  ]
}

resource "aws_s3_bucket_versioning" "report" {
  count = local.owns_storage ? 1 : 0

  bucket = aws_s3_bucket.report[0].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "report" {
  count = local.owns_storage ? 1 : 0

  bucket = aws_s3_bucket.report[0].id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.data[0].arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "report" {
  count = local.owns_storage ? 1 : 0

  bucket                  = aws_s3_bucket.report[0].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "report" {
  count = local.owns_storage ? 1 : 0

  bucket = aws_s3_bucket.report[0].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_logging" "report" {
  count = local.owns_storage && var.storage.access_log_bucket != null ? 1 : 0

  bucket        = aws_s3_bucket.report[0].id
  target_bucket = var.storage.access_log_bucket
  target_prefix = "${aws_s3_bucket.report[0].bucket}/"
}

resource "aws_s3_bucket_lifecycle_configuration" "report" {
  count = local.owns_storage ? 1 : 0

  bucket = aws_s3_bucket.report[0].id

  # Those of one organization, from before there were several, expire as well.
  dynamic "rule" {
    for_each = distinct(concat([local.base_prefix], local.prefixes))

    content {
      id     = rule.value == local.base_prefix ? "snapshots" : "snapshots-${basename(rule.value)}"
      status = "Enabled"

      filter {
        prefix = "${rule.value}/snapshots/"
      }

      expiration {
        days = var.storage.snapshot_days
      }

      # Of the rules that apply the shortest holds: a snapshot that expired is not kept as a replaced version too.
      noncurrent_version_expiration {
        noncurrent_days = 1
      }
    }
  }

  rule {
    id     = "replaced-versions"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = var.storage.noncurrent_days
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 2
    }
  }

  dynamic "rule" {
    for_each = var.analytics[*]

    content {
      id     = "query-results"
      status = "Enabled"

      filter {
        prefix = local.athena_results_prefix
      }

      expiration {
        days = rule.value.results_days
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.report]
}

# Beside the reports' prefix: a task may write below that, and must not decide what is accepted.
resource "aws_s3_object" "policy_file" {
  count = local.owns_storage && var.policy_file != null ? 1 : 0

  bucket       = aws_s3_bucket.report[0].id
  key          = "policy-file/policy.toml"
  content      = file(var.policy_file)
  content_type = "application/toml"
  kms_key_id   = aws_kms_key.data[0].arn

  depends_on = [aws_s3_bucket_policy.report, aws_s3_bucket_versioning.report]
}

resource "aws_s3_object" "policy_file_of" {
  for_each = local.policy_files_of

  bucket       = aws_s3_bucket.report[0].id
  key          = "policy-file/${each.key}/policy.toml"
  content      = file(each.value)
  content_type = "application/toml"
  kms_key_id   = aws_kms_key.data[0].arn

  depends_on = [aws_s3_bucket_policy.report, aws_s3_bucket_versioning.report]
}

data "aws_iam_policy_document" "bucket" {
  count = local.owns_storage ? 1 : 0

  statement {
    sid       = "RefuseInsecureTransport"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [local.bucket_arn, "${local.bucket_arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  statement {
    sid       = "RefuseOtherOrganizations"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [local.bucket_arn, "${local.bucket_arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "StringNotEqualsIfExists"
      variable = "aws:PrincipalOrgID"
      values   = local.organization_ids
    }

    condition {
      test     = "BoolIfExists"
      variable = "aws:PrincipalIsAWSService"
      values   = ["false"]
    }
  }

  # Without the headers the bucket's own default applies.
  statement {
    sid       = "RefuseOtherEncryption"
    effect    = "Deny"
    actions   = ["s3:PutObject"]
    resources = ["${local.bucket_arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "StringNotEquals"
      variable = "s3:x-amz-server-side-encryption"
      values   = ["aws:kms"]
    }

    condition {
      test     = "Null"
      variable = "s3:x-amz-server-side-encryption"
      values   = ["false"]
    }
  }

  statement {
    sid       = "RefuseOtherKeys"
    effect    = "Deny"
    actions   = ["s3:PutObject"]
    resources = ["${local.bucket_arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "StringNotEquals"
      variable = "s3:x-amz-server-side-encryption-aws-kms-key-id"
      values   = [local.data_key_arn]
    }

    condition {
      test     = "Null"
      variable = "s3:x-amz-server-side-encryption-aws-kms-key-id"
      values   = ["false"]
    }
  }

  # Another organization's task: its own folder and policy file, and no other's.
  dynamic "statement" {
    for_each = local.grants_to_tasks

    content {
      sid       = "${statement.value.what}Of${replace(statement.value.organization_id, "-", "")}"
      actions   = statement.value.actions
      resources = [statement.value.resource]

      principals {
        type        = "AWS"
        identifiers = [local.root_of[statement.value.role_arn]]
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:PrincipalArn"
        values   = [statement.value.role_arn]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:PrincipalOrgID"
        values   = [statement.value.organization_id]
      }

      dynamic "condition" {
        for_each = statement.value.prefixes

        content {
          test     = "StringLike"
          variable = "s3:prefix"
          values   = [condition.value]
        }
      }
    }
  }

  dynamic "statement" {
    for_each = local.readers

    content {
      sid     = "ReadReports${replace(statement.key, "-", "")}"
      actions = ["s3:GetObject"]
      resources = [
        for pair in setproduct(statement.value.prefixes, local.read_kinds) : "${local.bucket_arn}/${pair[0]}/${pair[1]}/*"
      ]

      principals {
        type        = "AWS"
        identifiers = distinct([for arn in statement.value.arns : local.root_of[arn]])
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:PrincipalArn"
        values   = statement.value.arns
      }
    }
  }

  dynamic "statement" {
    for_each = local.readers

    content {
      sid       = "ListReports${replace(statement.key, "-", "")}"
      actions   = ["s3:ListBucket"]
      resources = [local.bucket_arn]

      principals {
        type        = "AWS"
        identifiers = distinct([for arn in statement.value.arns : local.root_of[arn]])
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:PrincipalArn"
        values   = statement.value.arns
      }

      condition {
        test     = "StringLike"
        variable = "s3:prefix"
        values   = [for prefix in statement.value.prefixes : "${prefix}/*"]
      }
    }
  }
}

resource "aws_s3_bucket_policy" "report" {
  count = local.owns_storage ? 1 : 0

  bucket = aws_s3_bucket.report[0].id
  policy = data.aws_iam_policy_document.bucket[0].json

  lifecycle {
    precondition {
      condition     = var.organization_id == data.aws_organizations_organization.current.id
      error_message = "organization_id is not the id of this account's organization, ${data.aws_organizations_organization.current.id}: the bucket would refuse everyone, you and Terraform included."
    }
  }

  depends_on = [aws_s3_bucket_public_access_block.report]
}
