"""Writes the tables of inputs and outputs in `terraform/README.md` from the modules' own files.

python tests/infrastructure/module_tables.py
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import hcl
from hcl import Block
from terraform_runs import TERRAFORM

README = TERRAFORM / "README.md"
MODULES = (".", "modules/stackset", "modules/member-role", "modules/management-reader", "modules/network")
_MARKED = re.compile(r"(<!-- inputs and outputs -->\n).*?(<!-- end -->)", re.DOTALL)


def written_anew(text: str) -> str:
    """The text with its tables renewed; the rest stays."""
    tables = "\n".join(_tables(module) for module in MODULES)
    return _MARKED.sub(lambda marks: f"{marks[1]}\n{tables}\n{marks[2]}", text)


def _tables(module: str) -> str:
    blocks = tuple(hcl.blocks((TERRAFORM / module).resolve()))
    inputs = [(_needed(each), each) for each in blocks if each.type == "variable"]
    outputs = [("output", each) for each in blocks if each.type == "output"]
    title = "The root module" if module == "." else f"`{module}`"
    return f"**{title}**\n\n| name | | meaning |\n| --- | --- | --- |\n{_rows([*inputs, *outputs])}\n"


def _needed(variable: Block) -> str:
    return "input" if "default" in variable.body else "input, needed"


def _rows(described: Iterable[tuple[str, Block]]) -> str:
    return "\n".join(f"| `{each.labels[0]}` | {kind} | {_meaning(each)} |" for kind, each in described)


def _meaning(block: Block) -> str:
    text: str = block.body["description"].strip('"').replace('\\"', '"')
    return text.replace("|", "\\|")


if __name__ == "__main__":
    README.write_text(written_anew(README.read_text()))
