"""Text of files that people made: as spreadsheets and shells save it, told with its line where it is none."""

from __future__ import annotations

import codecs

from job.errors import MetadataError

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"


def decoded(data: bytes, name: str) -> str:
    """The file's text: UTF-8 with or without a mark at its beginning, or UTF-16 with one.

    Excel's "Unicode Text" and the `>` of Windows PowerShell 5 make the latter. Raises MetadataError.
    """
    if not data.strip():
        raise MetadataError(f"{name}: the file is empty: name the accounts in it, or leave it out")
    if data.startswith((_GZIP, _ZIP)):
        raise MetadataError(
            f"{name}: expected text, found a packed file or a workbook: unpack it, or save it as CSV UTF-8"
        )
    try:
        text = data.decode("utf-16" if data.startswith(_UTF_16) else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise MetadataError(f"{name}: line {line}: expected text in UTF-8: save the file as UTF-8") from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise MetadataError(
            f"{name}: line {line}: expected text in UTF-8, found zero bytes as in UTF-16: save it as UTF-8"
        )
    return text


def told(name: str, problems: list[str]) -> MetadataError:
    """One error for all problems of a file, the first few in full."""
    shown = 5
    more = f"; and {len(problems) - shown} more" if len(problems) > shown else ""
    return MetadataError(f"{name}: {'; '.join(problems[:shown])}{more}")
