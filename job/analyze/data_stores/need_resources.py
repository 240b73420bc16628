"""Which resources a need of a way is about, for one store: what its templates stand for."""

from __future__ import annotations

from collections.abc import Iterator

from job.analyze.data_stores.ways import StoreNeed
from job.snapshot.stores import DataStore

# https://docs.aws.amazon.com/secretsmanager/latest/userguide/service-linked-secrets.html
_OF_RDS = "rds!*"


def resources_of(need: StoreNeed, facts: DataStore) -> tuple[str, ...]:
    """The resources of a need about a store, as patterns."""
    partition = facts.arn.split(":")[1]
    place = f"{facts.region or '*'}:{facts.account_id}"
    names = {
        "${arn}": facts.arn,
        "${partition}": partition,
        "${account}": facts.account_id,
        "${rds}": f"arn:{partition}:rds:{place}",
        "${rds-db}": f"arn:{partition}:rds-db:{place}",
        "${secretsmanager}": f"arn:{partition}:secretsmanager:{place}",
    }
    if facts.database is not None:
        names["${id}"] = facts.database.resource_id or "*"
        names["${secret}"] = facts.database.master_secret_arn or ""
        if not facts.database.master_secret_read:
            names["${secret}"] = f"{names['${secretsmanager}']}:secret:{_OF_RDS}"
    filled = list[str]()
    for template in need.on:
        if template == "${path}":
            filled += _paths(facts.arn)
            continue
        text = template
        for name, value in names.items():
            text = text.replace(name, value)
        if text:
            filled.append(text)
    return tuple(filled)


def _paths(arn: str) -> Iterator[str]:
    """The paths above a parameter, from the top: whoever may read one reads all levels of it.

    https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html
    """
    head, mark, name = arn.partition(":parameter/")
    levels = name.split("/")[:-1]
    for depth in range(len(levels) + 1):
        yield f"{head}{mark}{'/'.join(levels[:depth])}"
