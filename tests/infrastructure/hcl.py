"""The Terraform files as python-hcl2 reads them: blocks with their types, labels and arguments."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import hcl2
from terraform_runs import TERRAFORM

FILES = sorted(path for path in TERRAFORM.rglob("*.tf") if ".terraform" not in path.parts)
MODULES = sorted({path.parent for path in FILES})


class Block(NamedTuple):
    """One block at the top of a file."""

    file: Path
    type: str
    labels: tuple[str, ...]
    body: dict[str, Any]


def blocks(folder: Path | None = None) -> Iterator[Block]:
    """Every block of every file, or of one module's."""
    for path in FILES:
        if folder is None or path.parent == folder:
            with path.open() as text:
                yield from _blocks(path, hcl2.load(text))


def _blocks(path: Path, document: dict[str, Any]) -> Iterator[Block]:
    for kind, entries in document.items():
        for entry in entries if isinstance(entries, list) else []:
            yield from _labelled(path, kind, (), entry)


def _labelled(path: Path, kind: str, labels: tuple[str, ...], entry: dict[str, Any]) -> Iterator[Block]:
    """Descend through the labels: python-hcl2 nests one object for each."""
    depth = {"resource": 2, "data": 2, "variable": 1, "output": 1, "module": 1, "provider": 1, "check": 1}
    if len(labels) == depth.get(kind, 0):
        yield Block(path, kind, labels, entry)
        return
    for label, inner in entry.items():
        if isinstance(inner, dict):
            yield from _labelled(path, kind, (*labels, label.strip('"')), inner)
