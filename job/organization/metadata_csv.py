"""Account metadata from a CSV of one's own: a column `aws_account_id`, every other column a tag.

What a spreadsheet does to such a file is undone where it can be undone with certainty: another separator,
zeros taken from an id's beginning, an apostrophe before it. All else is refused with its line.
"""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from job.aws.policy_documents import JsonObject
from job.errors import MetadataError
from job.organization.encoding import decoded, told

ID_COLUMN = "aws_account_id"

_ID_DIGITS = 12
_SEPARATORS = (",", ";", "\t")
_GROUPED = re.compile(r"\d{4}[-\s]\d{4}[-\s]\d{4}")
_AS_NUMBER = re.compile(r"(\d{1,12})\.0")
_ROUNDED = re.compile(r"\d([.,]\d+)?E\+?\d+", re.IGNORECASE)
_AS_TEXT = re.compile(r"""(?:="(.*)"|'(.*))""")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """The cells of one row, and the line that it begins on."""

    line: int
    cells: tuple[str, ...]


def load_metadata_csv(data: bytes, name: str = "metadata CSV") -> JsonObject:
    """A CSV with a column `aws_account_id`, as metadata: every other column is a tag where it is not empty.

    Separated by commas, semicolons or tabs, whichever makes `aws_account_id` a column. Raises MetadataError
    with every problem and its line.
    """
    text = decoded(data, name)
    header, *rows = _rows(text, name)
    columns = header.cells
    problems = [f"line {header.line}: {problem}" for problem in _header_problems(columns)]
    if not rows and not problems:
        problems = [f"line {header.line}: only a header: expected a line below it for each account"]
    if problems:
        raise told(name, problems)
    accounts: list[JsonObject] = []
    lines: dict[str, int] = {}
    for row in rows:
        identifier = _account_id(row, columns)
        problems += (f"line {row.line}: {problem}" for problem in _row_problems(row, columns, lines))
        lines.setdefault(identifier, row.line)
        accounts.append({"Id": identifier, "Tags": _tags(row, columns)})
    if problems:
        raise told(name, problems)
    return {"Accounts": list(accounts)}


def csv_lines(data: bytes, name: str) -> dict[str, int]:
    """The line of each account of a CSV that `load_metadata_csv` takes."""
    header, *rows = _rows(decoded(data, name), name)
    return {_account_id(row, header.cells): row.line for row in rows}


def _rows(text: str, name: str) -> list[_Row]:
    """Header and rows, those without any value left out."""
    rows = list(_split(text, _separator(text), name))
    if not rows:
        raise MetadataError(f"{name}: nothing but empty cells: name the accounts in it, or leave it out")
    return rows


def _separator(text: str) -> str:
    """The separator that makes `aws_account_id` a column; else the one that makes the most columns."""
    headers = {separator: _header(text, separator) for separator in _SEPARATORS}
    fitting = (separator for separator, header in headers.items() if ID_COLUMN in header)
    return next(fitting, max(headers, key=lambda separator: len(headers[separator])))


def _header(text: str, separator: str) -> list[str]:
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        return next(([cell.strip() for cell in row] for row in rows if any(map(str.strip, row))), [])
    except csv.Error:
        return []


def _split(text: str, separator: str, name: str) -> Iterator[_Row]:
    lines = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
    while True:
        line = lines.line_num + 1
        try:
            cells = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            raise MetadataError(
                f"{name}: line {line}: no CSV ({error}): is a quote opened here and not closed?"
            ) from error
        if any(cell.strip() for cell in cells):
            yield _Row(line=line, cells=tuple(cell.strip() for cell in cells))


def _header_problems(columns: Sequence[str]) -> Iterator[str]:
    if ID_COLUMN not in columns:
        yield _no_id_column(columns)
    for column in dict.fromkeys(columns):
        if column and columns.count(column) > 1:
            yield f"column {column} is there {columns.count(column)} times: leave one, or rename the others"


def _no_id_column(columns: Sequence[str]) -> str:
    expected = f"no column {ID_COLUMN}"
    if any(re.fullmatch(r"'?\d{9,12}", column) for column in columns):
        return f"{expected}: the first line must name the columns, and it holds an account already"
    plain = {re.sub(r"[^a-z0-9]", "", column.lower()): column for column in columns}
    wanted = [*difflib.get_close_matches("awsaccountid", plain, n=1, cutoff=0.6), "account", "id"]
    near = next((plain[each] for each in wanted if each in plain), None)
    if near:
        return f"{expected}, is it {near}? Name it {ID_COLUMN}"
    return f"{expected}: name the column of the account ids so"


def _row_problems(row: _Row, columns: Sequence[str], lines: dict[str, int]) -> Iterator[str]:
    identifier = _account_id(row, columns)
    if not re.fullmatch(rf"[0-9]{{{_ID_DIGITS}}}", identifier):
        yield _no_account_id(identifier)
    elif identifier in lines:
        yield f"account {identifier} is on line {lines[identifier]} already: leave one of them out"
    if any(row.cells[len(columns) :]):
        yield (
            f"{len(row.cells)} cells where the header names {len(columns)}: "
            "put quotes around a value that holds the separator"
        )
    for place, (column, cell) in enumerate(zip(columns, row.cells, strict=False), start=1):
        if cell and not column:
            yield f"a value in column {place}, which the header does not name: name it or empty it"


def _no_account_id(text: str) -> str:
    expected = f"expected an account id of 12 digits in {ID_COLUMN}"
    if not text:
        return f"{expected}, found nothing: fill it in or take the line out"
    if _ROUNDED.fullmatch(text):
        return (
            f"{expected}, found {text}: a spreadsheet rounded it; format the column as text and enter it anew"
        )
    if text.isascii() and text.isdecimal():
        return f"{expected}, found {len(text)} digits"
    return f"{expected}, found other characters: write the digits alone"


def _account_id(row: _Row, columns: Sequence[str]) -> str:
    """The id as AWS writes it, where there is only one that the cell can mean; else the cell."""
    place = columns.index(ID_COLUMN)
    text = row.cells[place] if place < len(row.cells) else ""
    if marked := _AS_TEXT.fullmatch(text):
        text = (marked[1] or marked[2] or "").strip()
    if _GROUPED.fullmatch(text):
        text = re.sub(r"[-\s]", "", text)
    if number := _AS_NUMBER.fullmatch(text):
        text = number[1]
    return text.zfill(_ID_DIGITS) if text.isascii() and text.isdecimal() else text


def _tags(row: _Row, columns: Sequence[str]) -> JsonObject:
    cells = zip(columns, row.cells, strict=False)
    return {column: cell for column, cell in cells if cell and column and column != ID_COLUMN}
