locals {
  schema_file           = try(var.analytics.schema_file, null)
  schema                = jsondecode(file(local.schema_file == null ? "${path.module}/schema.json" : local.schema_file))
  tag_columns           = [for column in one([for dataset in local.schema.datasets : dataset if dataset.name == "keys"]).columns : column.source if column.group == "tag"]
  datasets              = { for dataset in local.schema.datasets : dataset.name => dataset if var.analytics != null }
  database_name         = replace(var.name, "-", "_")
  athena_results_prefix = "athena-results/"
  reports               = "s3://${local.bucket_name}/${local.base_prefix}"

  # https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
  projection = merge({
    "projection.enabled"          = "true"
    "projection.dt.type"          = "date"
    "projection.dt.format"        = "yyyy-MM-dd"
    "projection.dt.range"         = "2026-01-01,NOW"
    "projection.dt.interval"      = "1"
    "projection.dt.interval.unit" = "DAYS"
    }, local.several ? {
    "projection.organization.type"   = "enum"
    "projection.organization.values" = join(",", local.organization_ids)
  } : {})

  # Who wrote a row is told by the folder that it lies in, which its organization's task alone may write, and not by
  # a column of the row.
  partitions = concat(
    local.several ? [{ name = "organization", comment = "id of the organization, as in the objects' names" }] : [],
    [{ name = "dt", comment = "date of the report, as in the objects' names" }],
  )
  organization_folder = local.several ? "$${organization}/" : ""

  # What a query says of several organizations and leaves out of one: each has its own newest report.
  query_words = {
    organization    = local.several ? "organization, " : ""
    of_organization = local.several ? "PARTITION BY organization " : ""
    by_organization = local.several ? " GROUP BY organization" : ""
  }

  # The first line of a query file is its description.
  queries = merge({ for file in fileset("${path.module}/queries", "*.sql") : trimsuffix(file, ".sql") => templatefile("${path.module}/queries/${file}", local.query_words) if var.analytics != null }, {
    for name, dataset in local.datasets : "typed_view_of_${name}_csv" => join("\n", [
      "-- Makes the view ${name}_typed: the table ${name}_csv with dates, numbers and booleans",
      "CREATE OR REPLACE VIEW ${name}_typed AS",
      local.several ? replace(dataset.csv_view, "\n  dt\n", "\n  organization,\n  dt\n") : dataset.csv_view,
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
    "storage.location.template" = "${local.reports}/${local.organization_folder}parquet/${each.key}/dt=$${dt}/"
  })

  dynamic "partition_keys" {
    for_each = local.partitions

    content {
      name    = partition_keys.value.name
      type    = "string"
      comment = partition_keys.value.comment
    }
  }

  storage_descriptor {
    location      = local.several ? "${local.reports}/" : "${local.reports}/parquet/${each.key}/"
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
    "storage.location.template" = "${local.reports}/${local.organization_folder}csv/${each.key}/dt=$${dt}/"
  })

  dynamic "partition_keys" {
    for_each = local.partitions

    content {
      name    = partition_keys.value.name
      type    = "string"
      comment = partition_keys.value.comment
    }
  }

  storage_descriptor {
    location      = local.several ? "${local.reports}/" : "${local.reports}/csv/${each.key}/"
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
      output_location       = "s3://${local.bucket_name}/${local.athena_results_prefix}"
      expected_bucket_owner = local.account_id

      encryption_configuration {
        encryption_option = "SSE_KMS"
        kms_key_arn       = local.data_key_arn
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
