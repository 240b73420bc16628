"""The actions that verdicts are about: their place in bit masks and the kinds of resource they take."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from job.analyze.language.globs import FIELD, LITERAL_STAR, NAME, GlobSet, Union, literal, matches


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """A kind of resource as a set of ARNs: what some `include` matches and no `exclude` does."""

    include: Union
    exclude: Union = ()

    @classmethod
    def of(cls, templates: Iterable[str], partition: str, account_id: str) -> Kind:
        """The kind that ARN templates with `${partition}` and `${account}` describe; `!` excludes.

        The template `*` stands for actions that take no resource: only a statement on `*` grants them.
        """
        filled = [
            pattern
            for t in templates
            for pattern in _named(t.replace("${partition}", partition).replace("${account}", account_id))
        ]
        include = tuple(LITERAL_STAR if t == "*" else t for t in filled if not t.startswith("!"))
        exclude = tuple(t[1:] for t in filled if t.startswith("!"))
        return cls((GlobSet(include),), (GlobSet(exclude),) if exclude else ())

    @classmethod
    def exactly(cls, arn: str) -> Kind:
        """The one resource."""
        return cls((GlobSet((literal(arn),)),))


# Names that never hold a colon; an S3 bucket's holds no slash either, an object's key may hold anything.
_COLON_FREE = frozenset(("ec2", "iam", "kinesis", "kms", "s3", "s3express", "secretsmanager", "ssm", "sts"))
# Names that hold none either, and that a version, an alias or an id may follow after one.
_QUALIFIED = frozenset(
    (
        "airflow",
        "athena",
        "batch",
        "cloudformation",
        "codebuild",
        "ecs",
        "eks",
        "lambda",
        "sagemaker",
        "states",
    )
)
# The same of some of a service's resources, by how they begin; a stream's label may hold colons: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html,
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html#RDS_Limits.Constraints
_COLON_FREE_RESOURCES = {
    "dynamodb": ("table/",),
    "rds": ("cluster:", "db:"),
    "redshift": ("cluster:",),
    "redshift-serverless": ("namespace/", "snapshot/", "workgroup/"),
}
_STREAM = "/stream/"
# Snapshots of RDS, whose names hold a colon only after who made them:
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Tagging.ARN.Constructing.html,
# https://docs.aws.amazon.com/aws-backup/latest/devguide/access-control.html#resource-arns-table
_SNAPSHOTS = ("snapshot:*", "cluster-snapshot:*")
_MAKERS = ("", "rds:", "awsbackup:")
_FIELDS = 5


def _named(template: str) -> tuple[str, ...]:
    """A template with its wildcards held within the ARN's fields, and within names where names are strict."""
    if template == "*" or template.startswith("!"):
        return (template,)
    *fields, resource = template.split(":", _FIELDS)
    service = fields[2] if len(fields) == _FIELDS else ""
    place = ":".join(f.replace("*", FIELD) for f in fields)
    if service == "rds" and resource in _SNAPSHOTS:
        return tuple(f"{place}:{resource[:-1]}{maker}{FIELD}" for maker in _MAKERS)
    if service == "s3":
        head, slash, tail = resource.partition("/")
        resource = head.replace("*", NAME) + slash + tail
    elif service in _COLON_FREE | _QUALIFIED:
        resource = resource.replace("*", FIELD)
    elif resource.startswith(_COLON_FREE_RESOURCES.get(service, ())):
        head, mark, label = resource.partition(_STREAM)
        resource = head.replace("*", FIELD) + mark + label
    whole = f"{place}:{resource}"
    return (whole, f"{whole}:{FIELD}") if service in _QUALIFIED else (whole,)


class ActionIndex:
    """The known actions, numbered, so that what a policy matches of them is one integer."""

    def __init__(self, kinds: Mapping[str, tuple[tuple[str, ...], ...]], others: Iterable[str] = ()) -> None:
        self._kinds = {action.lower(): templates for action, templates in kinds.items()}
        names = sorted({*self._kinds, *(o.lower() for o in others)})
        self._bits = {name: 1 << i for i, name in enumerate(names)}
        self.full = (1 << len(names)) - 1
        self._by_service: dict[str, dict[str, int]] = defaultdict(dict)
        for name, bit in self._bits.items():
            self._by_service[name.partition(":")[0]][name] = bit
        self._masks: dict[str, int] = {"*": self.full, "*:*": self.full}
        self._services: dict[frozenset[str], int] = {}

    def bit(self, action: str) -> int:
        """The bit of a lower-case action, 0 for one that is not known."""
        return self._bits.get(action, 0)

    def services(self, prefixes: frozenset[str]) -> int:
        """The bits of all known actions of some services."""
        found = self._services.get(prefixes)
        if found is None:
            found = sum(bit for prefix in prefixes for bit in self._by_service.get(prefix, {}).values())
            self._services[prefixes] = found
        return found

    def mask(self, actions: GlobSet) -> int:
        """The known actions that a statement's Action or NotAction matches."""
        total = 0
        for pattern in actions.patterns:
            total |= self._pattern_mask(pattern)
        return self.full & ~total if actions.negated else total

    def _pattern_mask(self, pattern: str) -> int:
        found = self._masks.get(pattern)
        if found is None:
            service = pattern.partition(":")[0]
            among = self._bits if "*" in service or "?" in service else self._by_service.get(service, {})
            found = sum(bit for name, bit in among.items() if matches(pattern, name))
            self._masks[pattern] = found
        return found

    def kinds(self, action: str) -> tuple[tuple[str, ...], ...]:
        """The ARN templates of an action: all of the outer are authorized, any of the inner will do."""
        return self._kinds.get(action, (("*",),))
