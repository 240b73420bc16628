"""The tables of README and docs/, made from the code that they describe.

`python -m docs.tables` renews them in README.md and every page of docs/; files can be named instead.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from docs.policy_tables import capabilities_table, methods_table
from job.analyze.answers.capabilities import load_capabilities
from job.cli.exits import EXIT_CODE_MEANINGS
from job.logs import METRIC_DIMENSION, METRIC_NAMESPACE, METRIC_UNITS
from job.permissions import (
    CONFIG_AGGREGATOR,
    CREDENTIALS,
    DATA_STORES,
    MEMBER,
    ORGANIZATION,
    ROOT_ACCESS,
    TASK,
    Permission,
)
from job.report.risk.credential_rules import CREDENTIAL_CONDITIONS, CREDENTIAL_RULES
from job.report.risk.rules import CONDITIONS, RULES, RiskRule
from job.report.rows.datasets import report_schema
from job.report.schema.dataset import DatasetSchema
from job.settings.load import setting_descriptions
from job.settings.settings import Settings

_MARKED = re.compile(r"(<!-- table: ([a-z]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def main(argv: Sequence[str] | None = None) -> None:
    """Renew the marked tables of Markdown files in place."""
    parser = argparse.ArgumentParser(prog="python -m docs.tables", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="Markdown with marked tables")
    pages = parser.parse_args(argv).files or (Path("README.md"), *sorted(Path("docs").glob("*.md")))
    for page in pages:
        page.write_text(rewrite_tables(page.read_text(encoding="utf-8")), encoding="utf-8")


def rewrite_tables(text: str) -> str:
    """Return the text with every marked table made anew; raises KeyError for a name that is none of ours."""
    return _MARKED.sub(lambda match: f"{match[1]}\n{TABLES[match[2]]().strip()}\n\n{match[3]}", text)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(_lines(head, rows))


def _lines(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield _row(head)
    yield _row(["---"] * len(head))
    yield from map(_row, rows)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _settings() -> str:
    rows = (
        (f"`{row.name}`", f"`{row.default}`" if row.default else "", row.meaning)
        for row in setting_descriptions()
    )
    return _table(("setting", "default", "meaning"), rows)


def _exits() -> str:
    return _table(("code", "meaning"), ((str(int(code)), text) for code, text in EXIT_CODE_MEANINGS.items()))


def _columns() -> str:
    capabilities = load_capabilities()
    tags = Settings.model_fields["tag_columns"].default
    schema = report_schema(built_in=capabilities, capabilities=capabilities, tag_keys=tags)
    return "\n\n".join(map(_dataset, schema.datasets))


def _dataset(dataset: DatasetSchema) -> str:
    rows = ((f"`{column.name}`", column.type.value, column.meaning) for column in dataset.columns)
    return f"**{dataset.name}** - {dataset.meaning}\n\n{_table(('column', 'type', 'meaning'), rows)}"


def _risk() -> str:
    return _rules(RULES, {name: words for name, (words, _) in CONDITIONS.items()})


def _credential_risk() -> str:
    return _rules(CREDENTIAL_RULES, {name: words for name, (words, _) in CREDENTIAL_CONDITIONS.items()})


def _rules(rules: Iterable[RiskRule], words: Mapping[str, str]) -> str:
    rows = (
        (
            f"`{rule.id}`",
            "; ".join(words[name] for name in rule.when),
            rule.level,
            f"`{rule.action}`",
            rule.why,
        )
        for rule in rules
    )
    return _table(("reason", "applies when", "level", "action", "why"), rows)


def _capabilities() -> str:
    rows = (
        (f"`{capability.id}`", capability.title, str(len(capability.alternatives)))
        for capability in load_capabilities()
    )
    return _table(("capability", "what it reads", "ways that are checked"), rows)


def _metrics() -> str:
    table = _table(("metric", "unit"), ((f"`{name}`", unit) for name, unit in METRIC_UNITS.items()))
    dimension = f"dimension `{METRIC_DIMENSION}` with `REPORT_DEPLOYMENT`, else none"
    return f"{table}\n\nNamespace `{METRIC_NAMESPACE}`; {dimension}."


def _permissions() -> str:
    sides = (
        ("The task's own role", TASK),
        ("The task's own role besides, with `REPORT_CONFIG_AGGREGATOR`", CONFIG_AGGREGATOR),
        (
            "Where AWS Organizations is read: the task's own role, or `REPORT_ORGANIZATION_ROLE_ARN`",
            ORGANIZATION,
        ),
        ("Where AWS Organizations is read, besides, with `REPORT_ROOT_ACCESS`", ROOT_ACCESS),
        ("The member role in every account", MEMBER),
        *(
            (f"The member role besides, with `{kind}` in `{setting}`", permissions)
            for setting, kinds in (("REPORT_CREDENTIALS", CREDENTIALS), ("REPORT_DATA_STORES", DATA_STORES))
            for kind, permissions in kinds.items()
            if permissions
        ),
    )
    return "\n\n".join(f"**{title}**\n\n{_actions(permissions)}" for title, permissions in sides)


def _actions(permissions: Iterable[Permission]) -> str:
    return _table(
        ("action", "what for", "without it"),
        ((f"`{each.action}`", each.purpose, each.optional or "needed") for each in permissions),
    )


def _data_file(name: str) -> str:
    return files("job.analyze.data").joinpath(name).read_text(encoding="utf-8")


TABLES: Mapping[str, Callable[[], str]] = {
    "settings": _settings,
    "exits": _exits,
    "columns": _columns,
    "capabilities": _capabilities,
    "ways": lambda: capabilities_table(_data_file("capabilities.json")),
    "methods": lambda: methods_table(_data_file("methods.json")),
    "risk": _risk,
    "credentialrisk": _credential_risk,
    "metrics": _metrics,
    "permissions": _permissions,
}


if __name__ == "__main__":
    main()
