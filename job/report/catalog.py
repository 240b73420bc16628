"""The column schema in the words of AWS Glue and Amazon QuickSight, and as the JSON that Terraform reads."""

from __future__ import annotations

import json
from collections.abc import Sequence

from job.report.formats.file_format import FileFormat
from job.report.formats.registry import FORMATS
from job.report.rows.datasets import ReportSchema
from job.report.schema.columns import AnyColumn, ColumnType
from job.report.schema.dataset import SCHEMA_VERSION, DatasetSchema
from job.snapshot.model import Json, JsonObject

PARTITION_KEY = "dt"
_MAX_COMMENT = 255

_QUICKSIGHT_TYPES = {
    ColumnType.BOOLEAN: "BIT",
    ColumnType.DATE: "DATETIME",
    ColumnType.INT: "INTEGER",
    ColumnType.TIMESTAMP: "DATETIME",
}
_QUICKSIGHT_CSV_CASTS: dict[ColumnType, JsonObject] = {
    ColumnType.DATE: {"type": "DATETIME", "format": "yyyy-MM-dd"},
    ColumnType.INT: {"type": "INTEGER", "format": None},
    ColumnType.TIMESTAMP: {"type": "DATETIME", "format": "yyyy-MM-dd'T'HH:mm:ss'Z'"},
}
_SQL_TYPES = {ColumnType.INT: "bigint", ColumnType.BOOLEAN: "boolean", ColumnType.DATE: "date"}


def glue_columns(dataset: DatasetSchema, file_format: FileFormat) -> list[JsonObject]:
    """The columns of the Glue table over a dataset's files of one format.

    https://docs.aws.amazon.com/glue/latest/webapi/API_Column.html
    """
    return [
        {
            "name": column.name,
            "type": file_format.glue_types[column.type],
            "comment": column.meaning[:_MAX_COMMENT],
        }
        for column in dataset.columns
    ]


def quicksight_columns(dataset: DatasetSchema) -> list[JsonObject]:
    """The input columns of the QuickSight data set over the Parquet table.

    https://docs.aws.amazon.com/quicksight/latest/APIReference/API_InputColumn.html
    """
    return [
        {"name": column.name, "type": _QUICKSIGHT_TYPES.get(column.type, "STRING")}
        for column in dataset.columns
    ]


def quicksight_csv_columns(dataset: DatasetSchema) -> list[JsonObject]:
    """The same over the CSV files of the manifest: all STRING, with what to cast them to.

    Booleans stay `true` and `false`: a cast takes no such type
    (https://docs.aws.amazon.com/quicksight/latest/APIReference/API_CastColumnTypeOperation.html).
    """
    return [
        {"name": column.name, "type": "STRING", "cast": _QUICKSIGHT_CSV_CASTS.get(column.type)}
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


def typed_select(dataset: DatasetSchema, source: str) -> str:
    """SQL that gives the CSV table, whose columns are all text, the types and nulls of the Parquet one."""
    cells = ",\n  ".join(_typed_cell(column) for column in dataset.columns)
    return f"SELECT\n  {cells},\n  {PARTITION_KEY}\nFROM {source}"


def _typed_cell(column: AnyColumn) -> str:
    text = f"NULLIF({column.name}, '')"
    if column.type is ColumnType.TIMESTAMP:
        return f"CAST(REPLACE(REPLACE({text}, 'T', ' '), 'Z', '') AS timestamp) AS {column.name}"
    sql_type = _SQL_TYPES.get(column.type)
    return f"CAST({text} AS {sql_type}) AS {column.name}" if sql_type else f"{text} AS {column.name}"


def schema_document(schema: ReportSchema, formats: Sequence[FileFormat] = FORMATS) -> JsonObject:
    """The whole schema as data: every dataset's columns and their words in Glue and QuickSight."""
    return {
        "schema_version": SCHEMA_VERSION,
        "partition_key": PARTITION_KEY,
        "quicksight_manifest": quicksight_manifest(prefixes=["csv/keys/"]),
        "datasets": [_dataset_document(dataset, formats) for dataset in schema.datasets],
    }


def _dataset_document(dataset: DatasetSchema, formats: Sequence[FileFormat]) -> JsonObject:
    glue = {file_format.name: list[Json](glue_columns(dataset, file_format)) for file_format in formats}
    return {
        "name": dataset.name,
        "meaning": dataset.meaning,
        "columns": [_column(column) for column in dataset.columns],
        "glue": {**glue},
        "quicksight": list[Json](quicksight_columns(dataset)),
        "quicksight_csv": list[Json](quicksight_csv_columns(dataset)),
        "csv_view": typed_select(dataset, f"{dataset.name}_csv"),
    }


def _column(column: AnyColumn) -> JsonObject:
    return {
        "name": column.name,
        "type": column.type.value,
        "meaning": column.meaning,
        "title": column.title,
        "group": column.group.value,
        "source": column.source,
    }


def schema_json(schema: ReportSchema) -> str:
    """The schema document as it is committed for Terraform."""
    return json.dumps(schema_document(schema), indent=1, ensure_ascii=False) + "\n"
