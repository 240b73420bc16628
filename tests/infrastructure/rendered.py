"""What `terraform show -json` says was made: resources by address, and the policies in them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from job.snapshot.model import JsonObject


def resources(shown: JsonObject) -> dict[str, dict[str, Any]]:
    """Attributes of every managed resource by its address."""
    values: Any = shown["values"]
    return {
        resource["address"]: resource["values"]
        for resource in _all(values["root_module"])
        if resource["mode"] == "managed"
    }


def output(shown: JsonObject, name: str) -> Any:  # noqa: ANN401 - outputs are of any type
    """One output of the root module."""
    values: Any = shown["values"]
    return values["outputs"][name]["value"]


def kinds(shown: JsonObject) -> set[str]:
    """Types of everything that was made."""
    values: Any = shown["values"]
    return {resource["type"] for resource in _all(values["root_module"]) if resource["mode"] == "managed"}


def _all(module: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from module.get("resources", ())
    for child in module.get("child_modules", ()):
        yield from _all(child)


def container(shown: JsonObject) -> dict[str, Any]:
    """The one container of the task definition."""
    definition = resources(shown)["module.report.aws_ecs_task_definition.report"]
    (found,) = json.loads(definition["container_definitions"])
    assert isinstance(found, dict)
    return found
