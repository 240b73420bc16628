"""How Athena's OpenCSVSerDe splits a line: opencsv's parser with `,`, `"` and the backslash as escape.

Written after the documented behaviour (https://docs.aws.amazon.com/athena/latest/ug/csv-serde.html): the file
is cut at line feeds before anything is parsed, inside quotes `""` is a quote, and a backslash before a quote
or a backslash is dropped.
"""

from __future__ import annotations


def read_opencsv(text: str) -> list[list[str]]:
    return [_split(line) for line in text.removesuffix("\n").split("\n")]


def _split(line: str) -> list[str]:
    fields = list[str]()
    field, quoted, position = "", False, 0
    while position < len(line):
        character, following = line[position], line[position + 1 : position + 2]
        if quoted and (character, following) in (('"', '"'), ("\\", '"'), ("\\", "\\")):
            field, position = field + following, position + 1
        elif character == '"':
            quoted = not quoted
        elif character == "," and not quoted:
            fields, field = [*fields, field], ""
        else:
            field += character
        position += 1
    return [*fields, field]
