"""The column schema in the words of AWS Glue and Amazon QuickSight, and as the JSON that Terraform reads."""

from __future__ import annotations

import json
from collections.abc import Sequence

from job.report.columns import Column, ColumnType
from job.report.formats.file_format import FileFormat
from job.report.formats.registry import FORMATS, format_named
from job.report.queries import NAMED_QUERIES
from job.report.schema import SCHEMA_VERSION, DatasetSchema, ReportSchema
from job.snapshot.model import Json, JsonObject

PARTITION_KEY = "dt"
_FIRST_DATE = "2026-01-01"

_QUICKSIGHT_TYPES = {
    ColumnType.INT: "INTEGER",
    ColumnType.DATE: "DATETIME",
    ColumnType.TIMESTAMP: "DATETIME",
}
_QUICKSIGHT_DATE_FORMATS = {
    ColumnType.DATE: "yyyy-MM-dd",
    ColumnType.TIMESTAMP: "yyyy-MM-dd'T'HH:mm:ss'Z'",
}
_SQL_TYPES = {
    ColumnType.INT: "integer",
    ColumnType.BOOLEAN: "boolean",
    ColumnType.DATE: "date",
}


def glue_columns(dataset: DatasetSchema, file_format: FileFormat) -> list[Json]:
    """The columns of the Glue table over a dataset's files of one format."""
    return [
        {"name": column.name, "type": file_format.glue.types[column.type], "comment": column.meaning[:255]}
        for column in dataset.columns
    ]


def glue_table(dataset: DatasetSchema, file_format: FileFormat) -> JsonObject:
    """The Glue table but for its bucket: `location` and the template are below the report's prefix.

    Partitions are projected, so no crawler runs and none is ever missing:
    https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
    """
    glue = file_format.glue
    folder = f"{file_format.name}/{dataset.name}/"
    return {
        "name": table_name(dataset, file_format),
        "description": f"{dataset.meaning} ({file_format.name})",
        "columns": glue_columns(dataset, file_format),
        "partition_keys": [{"name": PARTITION_KEY, "type": "string"}],
        "location": folder,
        "location_template": f"{folder}{PARTITION_KEY}=${{{PARTITION_KEY}}}/",
        "input_format": glue.input_format,
        "output_format": glue.output_format,
        "serde": glue.serde,
        "serde_parameters": dict(glue.serde_parameters),
        "parameters": {
            "EXTERNAL": "TRUE",
            **glue.table_parameters,
            "projection.enabled": "true",
            f"projection.{PARTITION_KEY}.type": "date",
            f"projection.{PARTITION_KEY}.format": "yyyy-MM-dd",
            f"projection.{PARTITION_KEY}.range": f"{_FIRST_DATE},NOW",
        },
    }


def table_name(dataset: DatasetSchema, file_format: FileFormat) -> str:
    """Parquet is the table people query and has the plain name: `keys`; others are `keys_csv`."""
    return dataset.name if file_format.name == "parquet" else f"{dataset.name}_{file_format.name}"


def typed_select(dataset: DatasetSchema, source: str) -> str:
    """SQL that gives the CSV table, whose columns are all text, the types and nulls of the Parquet one."""
    cells = ",\n  ".join(_typed_cell(column) for column in dataset.columns)
    return f"SELECT\n  {cells},\n  {PARTITION_KEY}\nFROM {source}"


def _typed_cell(column: Column) -> str:
    text = f"NULLIF({column.name}, '')"
    if column.type is ColumnType.TIMESTAMP:
        return f"CAST(REPLACE(REPLACE({text}, 'T', ' '), 'Z', '') AS timestamp) AS {column.name}"
    sql_type = _SQL_TYPES.get(column.type)
    return f"CAST({text} AS {sql_type}) AS {column.name}" if sql_type else f"{text} AS {column.name}"


def quicksight_columns(dataset: DatasetSchema) -> list[Json]:
    """Input columns of the QuickSight data set over the CSV, all STRING, and what to cast them to.

    https://docs.aws.amazon.com/quicksight/latest/APIReference/API_CastColumnTypeOperation.html
    """
    return [
        {
            "name": column.name,
            "type": "STRING",
            "cast": _QUICKSIGHT_TYPES.get(column.type),
            "format": _QUICKSIGHT_DATE_FORMATS.get(column.type),
            "description": column.meaning[:500],
        }
        for column in dataset.columns
    ]


def quicksight_manifest(*, prefixes: Sequence[str] = (), uris: Sequence[str] = ()) -> JsonObject:
    """The S3 manifest: every file below the prefixes, or just these files.

    https://docs.aws.amazon.com/quicksight/latest/user/supported-manifest-file-format.html
    """
    location: JsonObject = {"URIPrefixes": list(prefixes)} if prefixes else {"URIs": list(uris)}
    return {
        "fileLocations": [location],
        "globalUploadSettings": {
            "format": "CSV",
            "delimiter": ",",
            "textqualifier": '"',
            "containsHeader": "true",
        },
    }


def schema_document(schema: ReportSchema) -> JsonObject:
    """The whole schema as data: every dataset's columns and their words in Glue and QuickSight."""
    csv = format_named("csv")
    return {
        "schema_version": SCHEMA_VERSION,
        "partition_key": PARTITION_KEY,
        "datasets": {
            dataset.name: {
                "description": dataset.meaning,
                "columns": [_column(column) for column in dataset.columns],
                "glue": {file_format.name: glue_table(dataset, file_format) for file_format in FORMATS},
                "csv_view": typed_select(dataset, table_name(dataset, csv)),
                "quicksight": quicksight_columns(dataset),
            }
            for dataset in schema.datasets
        },
        "queries": [
            {"name": query.name, "description": query.description, "sql": query.sql}
            for query in NAMED_QUERIES
        ],
    }


def _column(column: Column) -> JsonObject:
    return {
        "name": column.name,
        "type": column.type.value,
        "title": column.title,
        "description": column.meaning,
        "group": column.group.value,
        "source": column.source,
    }


def schema_json(schema: ReportSchema) -> str:
    """The schema document as it is committed for Terraform."""
    return json.dumps(schema_document(schema), indent=2, ensure_ascii=False) + "\n"


def data_dictionary_markdown(schema: ReportSchema) -> str:
    """README's tables of every dataset's columns."""
    return "\n".join(_dataset_markdown(dataset) for dataset in schema.datasets)


def _dataset_markdown(dataset: DatasetSchema) -> str:
    lines = [
        f"**{dataset.name}** - {dataset.meaning}",
        "",
        "| column | type | meaning |",
        "| --- | --- | --- |",
        *(
            f"| `{column.name}` | {column.type.value} | {column.meaning.replace('|', '&#124;')} |"
            for column in dataset.columns
        ),
        "",
    ]
    return "\n".join(lines)
