# The key of everything that names people and keys: bucket, Athena results.

locals {
  # The account as principal and the reader as condition, so that a reader may be recreated under its name:
  # named as principal it would be pinned to its unique id. Its own policies must allow the same.
  reader_accounts = distinct([for arn in var.reader_arns : "arn:${local.partition}:iam::${split(":", arn)[4]}:root"])
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
    for_each = length(var.reader_arns) > 0 ? [var.reader_arns] : []

    content {
      sid       = "ReadersThroughTheBucket"
      actions   = ["kms:Decrypt"]
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = local.reader_accounts
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:PrincipalArn"
        values   = statement.value
      }

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["s3.${local.region}.${data.aws_partition.current.dns_suffix}"]
      }
    }
  }
}

resource "aws_kms_key" "data" {
  description             = "${var.name}: reports and snapshots"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.data_key.json
}

resource "aws_kms_alias" "data" {
  name          = "alias/${var.name}-data"
  target_key_id = aws_kms_key.data.key_id
}

resource "aws_s3_bucket" "report" {
  #checkov:skip=CKV_AWS_144:every report can be made again from AWS; one Region does
  #checkov:skip=CKV2_AWS_62:nothing waits for an object; the run itself is watched
  #checkov:skip=CKV_AWS_18:storage.access_log_bucket turns it on, where CloudTrail data events do not do it already
  bucket        = coalesce(var.storage.bucket_name, "${var.name}-${local.account_id}-${local.region}")
  force_destroy = var.storage.force_destroy

  # The key goes last: reports without it are lost.
  depends_on = [aws_kms_key.data]
}

# Terraform destroys first what nothing depends on. Here that is this, which refuses unless reports may go;
# so bucket, locks and key stay together, in a destroy as where another name would replace the bucket.
resource "terraform_data" "reports_kept" {
  triggers_replace = aws_s3_bucket.report.bucket

  input = {
    bucket     = aws_s3_bucket.report.bucket
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
  bucket = aws_s3_bucket.report.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "report" {
  bucket = aws_s3_bucket.report.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.data.arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "report" {
  bucket                  = aws_s3_bucket.report.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "report" {
  bucket = aws_s3_bucket.report.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_logging" "report" {
  count = var.storage.access_log_bucket == null ? 0 : 1

  bucket        = aws_s3_bucket.report.id
  target_bucket = var.storage.access_log_bucket
  target_prefix = "${aws_s3_bucket.report.bucket}/"
}

resource "aws_s3_bucket_lifecycle_configuration" "report" {
  bucket = aws_s3_bucket.report.id

  rule {
    id     = "snapshots"
    status = "Enabled"

    filter {
      prefix = "${var.storage.prefix}/snapshots/"
    }

    expiration {
      days = var.storage.snapshot_days
    }

    # Of the rules that apply the shortest holds: a snapshot that expired is not kept as a replaced version too.
    noncurrent_version_expiration {
      noncurrent_days = 1
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

# Beside the reports' prefix: the task may write below that, and must not decide what is accepted.
resource "aws_s3_object" "policy_file" {
  count = var.policy_file == null ? 0 : 1

  bucket       = aws_s3_bucket.report.id
  key          = "policy-file/policy.toml"
  content      = file(var.policy_file)
  content_type = "application/toml"
  kms_key_id   = aws_kms_key.data.arn

  depends_on = [aws_s3_bucket_policy.report, aws_s3_bucket_versioning.report]
}

data "aws_iam_policy_document" "bucket" {
  statement {
    sid       = "RefuseInsecureTransport"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.report.arn, "${aws_s3_bucket.report.arn}/*"]

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
    resources = [aws_s3_bucket.report.arn, "${aws_s3_bucket.report.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "StringNotEqualsIfExists"
      variable = "aws:PrincipalOrgID"
      values   = [var.organization_id]
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
    resources = ["${aws_s3_bucket.report.arn}/*"]

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
    resources = ["${aws_s3_bucket.report.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "StringNotEquals"
      variable = "s3:x-amz-server-side-encryption-aws-kms-key-id"
      values   = [aws_kms_key.data.arn]
    }

    condition {
      test     = "Null"
      variable = "s3:x-amz-server-side-encryption-aws-kms-key-id"
      values   = ["false"]
    }
  }

  dynamic "statement" {
    for_each = length(var.reader_arns) > 0 ? [var.reader_arns] : []

    content {
      sid     = "ReadReports"
      actions = ["s3:GetObject"]
      resources = [
        for kind in ["csv", "html", "latest", "manifests", "ocsf", "parquet", "runs"] :
        "${aws_s3_bucket.report.arn}/${var.storage.prefix}/${kind}/*"
      ]

      principals {
        type        = "AWS"
        identifiers = local.reader_accounts
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:PrincipalArn"
        values   = statement.value
      }
    }
  }

  dynamic "statement" {
    for_each = length(var.reader_arns) > 0 ? [var.reader_arns] : []

    content {
      sid       = "ListReports"
      actions   = ["s3:ListBucket"]
      resources = [aws_s3_bucket.report.arn]

      principals {
        type        = "AWS"
        identifiers = local.reader_accounts
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:PrincipalArn"
        values   = statement.value
      }

      condition {
        test     = "StringLike"
        variable = "s3:prefix"
        values   = ["${var.storage.prefix}/*"]
      }
    }
  }
}

resource "aws_s3_bucket_policy" "report" {
  bucket = aws_s3_bucket.report.id
  policy = data.aws_iam_policy_document.bucket.json

  lifecycle {
    precondition {
      condition     = var.organization_id == data.aws_organizations_organization.current.id
      error_message = "organization_id is not the id of this account's organization, ${data.aws_organizations_organization.current.id}: the bucket would refuse everyone, you and Terraform included."
    }
  }

  depends_on = [aws_s3_bucket_public_access_block.report]
}
