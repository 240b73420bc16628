locals {
  # What people build dashboards of: the keys, and the accounts they were or were not read from.
  quicksight_datasets = { for name in ["keys", "accounts"] : name => local.datasets[name] if var.quicksight != null }

  # https://docs.aws.amazon.com/quicksight/latest/APIReference/API_ResourcePermission.html
  quicksight_source_actions = [
    "quicksight:DeleteDataSource",
    "quicksight:DescribeDataSource",
    "quicksight:DescribeDataSourcePermissions",
    "quicksight:PassDataSource",
    "quicksight:UpdateDataSource",
    "quicksight:UpdateDataSourcePermissions",
  ]
  quicksight_dataset_actions = [
    "quicksight:CancelIngestion",
    "quicksight:CreateIngestion",
    "quicksight:CreateRefreshSchedule",
    "quicksight:DeleteDataSet",
    "quicksight:DeleteDataSetRefreshProperties",
    "quicksight:DeleteRefreshSchedule",
    "quicksight:DescribeDataSet",
    "quicksight:DescribeDataSetPermissions",
    "quicksight:DescribeDataSetRefreshProperties",
    "quicksight:DescribeIngestion",
    "quicksight:DescribeRefreshSchedule",
    "quicksight:ListIngestions",
    "quicksight:ListRefreshSchedules",
    "quicksight:PassDataSet",
    "quicksight:PutDataSetRefreshProperties",
    "quicksight:UpdateDataSet",
    "quicksight:UpdateDataSetPermissions",
    "quicksight:UpdateRefreshSchedule",
  ]

  # SPICE takes text of 2,047 characters: longer rows would be skipped or cut without a sign.
  # https://docs.aws.amazon.com/quicksight/latest/user/data-source-limits.html
  longest_text = 2047

  # Of several organizations, whose newest reports differ in their dates, each row tells whether it is of one.
  quicksight_columns = {
    for name, dataset in local.quicksight_datasets : name => concat(dataset.quicksight, local.several ? [
      { name = "organization", type = "STRING" },
      { name = "is_newest", type = "BIT" },
    ] : [])
  }
  quicksight_queries = {
    for name, dataset in local.quicksight_datasets : name => join("\n", compact([
      "SELECT",
      join(",\n", concat(
        [for column in dataset.quicksight : column.type != "STRING" ? "  ${column.name}" : format(
          "  CASE WHEN length(%[1]s) > %[2]d THEN substr(%[1]s, 1, %[2]d - 1) || '…' ELSE %[1]s END AS %[1]s", column.name, local.longest_text
        )],
        local.several ? ["  organization", "  dt = newest_dt AS is_newest"] : [],
      )),
      "FROM \"${local.database_name}\".\"${aws_glue_catalog_table.parquet[name].name}\"",
      local.several ? "LEFT JOIN (SELECT organization, max(dt) AS newest_dt FROM \"${local.database_name}\".\"${aws_glue_catalog_table.parquet["accounts"].name}\" GROUP BY organization) AS newest USING (organization)" : "",
      "WHERE dt > CAST(current_date - INTERVAL '${var.quicksight.days}' DAY AS varchar)",
    ]))
  }
}

# QuickSight reads with its own role: it may run queries here, and read nothing but reports.
data "aws_iam_policy_document" "quicksight" {
  count = var.quicksight == null ? 0 : 1

  statement {
    sid = "RunQueries"
    actions = [
      "athena:GetQueryExecution",
      "athena:GetQueryResults",
      "athena:GetQueryResultsStream",
      "athena:GetWorkGroup",
      "athena:StartQueryExecution",
      "athena:StopQueryExecution",
    ]
    resources = aws_athena_workgroup.report[*].arn
  }

  statement {
    sid     = "ReadTables"
    actions = ["glue:GetDatabase", "glue:GetDatabases", "glue:GetPartition", "glue:GetPartitions", "glue:GetTable", "glue:GetTables"]
    resources = concat(
      ["arn:${local.partition}:glue:${local.region}:${local.account_id}:catalog"],
      aws_glue_catalog_database.report[*].arn,
      ["arn:${local.partition}:glue:${local.region}:${local.account_id}:table/${local.database_name}/*"],
    )
  }

  statement {
    sid       = "ReadReports"
    actions   = ["s3:GetObject"]
    resources = [for pair in setproduct(local.prefixes, ["csv", "manifests", "parquet"]) : "${local.bucket_arn}/${pair[0]}/${pair[1]}/*"]
  }

  statement {
    sid       = "KeepResults"
    actions   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"]
    resources = ["${local.bucket_arn}/${local.athena_results_prefix}*"]
  }

  statement {
    sid       = "FindReportsAndResults"
    actions   = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
    resources = [local.bucket_arn]
  }

  statement {
    sid       = "DecryptThroughTheBucket"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [local.data_key_arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = local.via_s3
    }
  }
}

resource "aws_iam_role_policy" "quicksight" {
  count = var.quicksight == null ? 0 : 1

  name   = var.name
  role   = var.quicksight.service_role_name
  policy = one(data.aws_iam_policy_document.quicksight[*].json)
}

resource "aws_quicksight_data_source" "athena" {
  count = var.quicksight == null ? 0 : 1

  data_source_id = var.name
  name           = "IAM access key report"
  type           = "ATHENA"

  parameters {
    athena {
      work_group = one(aws_athena_workgroup.report[*].name)
    }
  }

  ssl_properties {
    disable_ssl = false
  }

  dynamic "permission" {
    for_each = var.quicksight.owner_arns

    content {
      principal = permission.value
      actions   = local.quicksight_source_actions
    }
  }

  depends_on = [aws_iam_role_policy.quicksight]
}

resource "aws_quicksight_data_set" "report" {
  for_each = local.quicksight_datasets

  data_set_id = "${var.name}-${each.key}"
  name        = "IAM access key report: ${each.key}"
  import_mode = "SPICE"

  physical_table_map {
    physical_table_map_id = each.key

    custom_sql {
      data_source_arn = one(aws_quicksight_data_source.athena[*].arn)
      name            = each.key
      sql_query       = local.quicksight_queries[each.key]

      dynamic "columns" {
        for_each = local.quicksight_columns[each.key]

        content {
          name = columns.value.name
          type = columns.value.type
        }
      }
    }
  }

  dynamic "permissions" {
    for_each = var.quicksight.owner_arns

    content {
      principal = permissions.value
      actions   = local.quicksight_dataset_actions
    }
  }
}

resource "aws_quicksight_refresh_schedule" "report" {
  for_each = aws_quicksight_data_set.report

  data_set_id = each.value.data_set_id
  schedule_id = "daily"

  schedule {
    refresh_type = "FULL_REFRESH"

    schedule_frequency {
      interval        = "DAILY"
      time_of_the_day = var.quicksight.refresh_time
      timezone        = var.quicksight.time_zone
    }
  }
}
