"""CSV after RFC 4180: UTF-8 without a byte order mark, lines ended by LF, a header even when empty."""

from __future__ import annotations

import csv
import io
from typing import BinaryIO

from job.report.columns import ColumnType
from job.report.formats.file_format import FileFormat, FormatOptions, GlueFormat
from job.report.table import Table
from job.report.values import csv_text


def write_csv(table: Table, file: BinaryIO, options: FormatOptions) -> None:
    """Write the header and every row; an absent value is an empty field."""
    texts = [csv_text(column, formula_guard=options.formula_guard) for column in table.schema.columns]
    lines = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=False)
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(table.schema.names)
    writer.writerows([text(cell) for text, cell in zip(texts, row, strict=True)] for row in table.rows)
    lines.detach()


CSV = FileFormat(
    name="csv",
    content_type="text/csv; charset=utf-8",
    write=write_csv,
    glue=GlueFormat(
        input_format="org.apache.hadoop.mapred.TextInputFormat",
        output_format="org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        serde="org.apache.hadoop.hive.serde2.OpenCSVSerde",
        # OpenCSVSerDe reads dates and timestamps as numbers and takes no empty number:
        # https://docs.aws.amazon.com/athena/latest/ug/csv-serde.html
        types=dict.fromkeys(ColumnType, "string"),
        serde_parameters={"separatorChar": ",", "quoteChar": '"', "escapeChar": "\\"},
        table_parameters={"skip.header.line.count": "1"},
    ),
)
