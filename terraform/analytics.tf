locals {
  schema_file           = try(var.analytics.schema_file, null)
  schema                = jsondecode(file(local.schema_file == null ? "${path.module}/schema.json" : local.schema_file))
  tag_columns           = [for column in one([for dataset in local.schema.datasets : dataset if dataset.name == "keys"]).columns : column.source if column.group == "tag"]
  datasets              = { for dataset in local.schema.datasets : dataset.name => dataset if var.analytics != null }
  database_name         = replace(var.name, "-", "_")
  athena_results_prefix = "athena-results/"
  reports               = "s3://${aws_s3_bucket.report.bucket}/${var.storage.prefix}"

  # https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
  projection = {
    "projection.enabled"          = "true"
    "projection.dt.type"          = "date"
    "projection.dt.format"        = "yyyy-MM-dd"
    "projection.dt.range"         = "2026-01-01,NOW"
    "projection.dt.interval"      = "1"
    "projection.dt.interval.unit" = "DAYS"
  }

  # The first line of a query file is its description.
  queries = merge({ for file in fileset("${path.module}/queries", "*.sql") : trimsuffix(file, ".sql") => file("${path.module}/queries/${file}") if var.analytics != null }, {
    for name, dataset in local.datasets : "typed_view_of_${name}_csv" => join("\n", [
      "-- Makes the view ${name}_typed: the table ${name}_csv with dates, numbers and booleans",
      "CREATE OR REPLACE VIEW ${name}_typed AS",
      dataset.csv_view,
    ])
  })
}

resource "aws_glue_catalog_database" "report" {
  count = var.analytics == null ? 0 : 1

  name        = local.database_name
  description = "IAM access key report"
}

resource "aws_glue_catalog_table" "parquet" {
  for_each = local.datasets

  database_name = one(aws_glue_catalog_database.report[*].name)
  name          = each.key
  description   = each.value.meaning
  table_type    = "EXTERNAL_TABLE"

  parameters = merge(local.projection, {
    EXTERNAL                    = "TRUE"
    classification              = "parquet"
    "storage.location.template" = "${local.reports}/parquet/${each.key}/dt=$${dt}/"
  })

  partition_keys {
    name    = "dt"
    type    = "string"
    comment = "date of the report, as in the objects' names"
  }

  storage_descriptor {
    location      = "${local.reports}/parquet/${each.key}/"
    input_format  = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
    output_format = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"

    ser_de_info {
      name                  = "parquet"
      serialization_library = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
    }

    dynamic "columns" {
      for_each = each.value.glue.parquet

      content {
        name    = columns.value.name
        type    = columns.value.type
        comment = columns.value.comment
      }
    }
  }
}

# The same rows as people get them. Every column is text: this reader knows no empty number or date.
# https://docs.aws.amazon.com/athena/latest/ug/csv-serde.html
resource "aws_glue_catalog_table" "csv" {
  for_each = local.datasets

  database_name = one(aws_glue_catalog_database.report[*].name)
  name          = "${each.key}_csv"
  description   = "${each.value.meaning}; every column as text"
  table_type    = "EXTERNAL_TABLE"

  parameters = merge(local.projection, {
    EXTERNAL                    = "TRUE"
    classification              = "csv"
    "skip.header.line.count"    = "1"
    "storage.location.template" = "${local.reports}/csv/${each.key}/dt=$${dt}/"
  })

  partition_keys {
    name    = "dt"
    type    = "string"
    comment = "date of the report, as in the objects' names"
  }

  storage_descriptor {
    location      = "${local.reports}/csv/${each.key}/"
    input_format  = "org.apache.hadoop.mapred.TextInputFormat"
    output_format = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"

    ser_de_info {
      name                  = "csv"
      serialization_library = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
      parameters = {
        separatorChar = ","
        quoteChar     = "\""
      }
    }

    dynamic "columns" {
      for_each = each.value.glue.csv

      content {
        name    = columns.value.name
        type    = columns.value.type
        comment = columns.value.comment
      }
    }
  }
}

resource "aws_athena_workgroup" "report" {
  count = var.analytics == null ? 0 : 1

  name          = var.name
  description   = "Queries over the IAM access key report"
  force_destroy = true # of its history: results are in the bucket

  configuration {
    enforce_workgroup_configuration    = true
    publish_cloudwatch_metrics_enabled = true
    bytes_scanned_cutoff_per_query     = 100 * 1024 * 1024 * 1024

    result_configuration {
      output_location       = "s3://${aws_s3_bucket.report.bucket}/${local.athena_results_prefix}"
      expected_bucket_owner = local.account_id

      encryption_configuration {
        encryption_option = "SSE_KMS"
        kms_key_arn       = aws_kms_key.data.arn
      }
    }
  }
}

resource "aws_athena_named_query" "report" {
  for_each = local.queries

  name        = replace(each.key, "_", " ")
  description = trimprefix(split("\n", each.value)[0], "-- ")
  workgroup   = one(aws_athena_workgroup.report[*].id)
  database    = one(aws_glue_catalog_database.report[*].name)
  query       = each.value
}
