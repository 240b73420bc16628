"""What AWS does on a bad day, on demand: rules say which requests meet which fault, and how often."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase

from bench.world import World

#: Kinds of credential report that AWS never should send; `GOOD_REPORTS` are odd but readable.
GOOD_REPORTS = ("extra_column", "reordered", "bom_crlf", "blank_lines", "no_root")
BAD_REPORTS = (
    "empty",
    "not_base64",
    "html",
    "no_header",
    "missing_columns",
    "cut_row",
    "bad_dates",
    "short_rows",
    "duplicate_user",
    "binary",
    "latin1",
    "foreign",
    "only_header",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One fault.

    `kind`: `error`, `reset` (the work is done, the answer lost), `truncate`, `slow` (10 s), `expire`
    (the session's token), `empty_page`, `report` (`detail` names the kind of garbage), `never` (a report that
    stays in progress). `times` counts per account and operation (`expire`: per account), None means for
    good. `about` are the users, or key ids, that a request must name.
    """

    kind: str
    operations: tuple[str, ...] = ("*",)
    accounts: tuple[str, ...] | None = None
    probability: float = 1.0
    times: int | None = None
    skip: int = 0
    later_pages: bool = False
    code: str = "InternalFailure"
    status: int = 500
    detail: str = ""
    about: tuple[str, ...] | None = None

    def concerns(self, operation: str, account_id: str, about: str, *, later_page: bool) -> bool:
        """Whether the rule is about such a request at all."""
        return (
            (self.about is None or about in self.about)
            and (self.accounts is None or account_id in self.accounts)
            and (later_page or not self.later_pages)
            and any(fnmatchcase(operation, pattern) for pattern in self.operations)
        )


@dataclass(slots=True)
class Faults:
    """The rules in force and how often each was met."""

    rules: tuple[Rule, ...] = ()
    seed: int = 1
    met: Counter[str] = field(default_factory=Counter)
    _seen: Counter[tuple[int, str, str]] = field(default_factory=Counter)
    _chosen: random.Random = field(default_factory=lambda: random.Random(1))

    def replace(self, rules: Sequence[Rule]) -> None:
        """Other rules from now on."""
        self.rules = tuple(rules)
        self._seen.clear()
        self.met.clear()
        self._chosen = random.Random(self.seed)

    def meet(self, operation: str, account_id: str, about: str = "", *, later_page: bool) -> Rule | None:
        """The first rule that this request runs into."""
        for place, rule in enumerate(self.rules):
            if not rule.concerns(operation, account_id, about, later_page=later_page):
                continue
            if rule.probability < 1 and self._chosen.random() >= rule.probability:
                continue
            key = (place, "" if rule.kind == "expire" else operation, account_id)
            self._seen[key] += 1
            if self._seen[key] <= rule.skip:
                continue
            if rule.times is not None and self._seen[key] > rule.skip + rule.times:
                continue
            self.met[
                f"{rule.kind}:{rule.detail or rule.code}" if rule.kind in {"error", "report"} else rule.kind
            ] += 1
            return rule
        return None


def denied(
    operations: tuple[str, ...], accounts: tuple[str, ...], about: tuple[str, ...] | None = None
) -> Rule:
    """AWS refuses these operations in these accounts for good, or those about these users or keys."""
    return Rule(
        kind="error",
        operations=operations,
        accounts=accounts,
        code="AccessDenied",
        status=403,
        about=about,
    )


#: What meets any request of any account now and then.
WEATHER = (
    Rule(kind="error", operations=("iam:*", "sts:*", "s3:*"), probability=0.02, code="InternalFailure"),
    Rule(
        kind="error",
        operations=("iam:*", "sts:*", "s3:*"),
        probability=0.02,
        code="ServiceUnavailable",
        status=503,
    ),
    Rule(
        kind="error", operations=("organizations:*", "tagging:*"), probability=0.02, code="ServiceException"
    ),
    Rule(kind="reset", probability=0.01),
    Rule(kind="truncate", operations=("iam:*", "sts:*", "organizations:*", "s3:Get*"), probability=0.01),
    Rule(kind="slow", probability=0.002),
    Rule(kind="error", operations=("iam:*", "sts:*"), probability=0.02, code="Throttling", status=400),
    Rule(kind="error", operations=("s3:*",), probability=0.02, code="SlowDown", status=503),
    Rule(kind="empty_page", operations=("*:List*", "*:GetResources", "iam:GetAccountAuth*"), probability=0.2),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeavyProfile:
    """A bad day for a whole organization: which accounts meet what for good."""

    no_role: tuple[str, ...]
    no_details: tuple[str, ...]
    broken_details: tuple[str, ...]
    no_keys: tuple[str, ...]
    no_report: tuple[str, ...]
    never_report: tuple[str, ...]
    bad_report: tuple[str, ...]
    good_report: tuple[str, ...]
    expired: tuple[str, ...]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The profile as rules, the lasting ones first."""
        assume, keys = ("sts:AssumeRole",), ("iam:ListAccessKeys",)
        report = ("iam:GenerateCredentialReport", "iam:GetCredentialReport")
        garbage = list(zip(self.bad_report, BAD_REPORTS, strict=False))
        garbage += list(zip(self.good_report, GOOD_REPORTS, strict=False))
        return (
            denied(assume, self.no_role),
            denied(("iam:GetAccountAuthorizationDetails",), self.no_details),
            Rule(
                kind="error",
                operations=("iam:GetAccountAuthorizationDetails",),
                accounts=self.broken_details,
                later_pages=True,
            ),
            denied(keys, self.no_keys),
            denied(report, self.no_report),
            Rule(kind="never", operations=report, accounts=self.never_report),
            *(
                Rule(kind="report", operations=report[1:], accounts=(account,), detail=detail)
                for account, detail in garbage
            ),
            Rule(kind="expire", operations=("iam:*",), accounts=self.expired, skip=1, times=1),
            *WEATHER,
        )

    @property
    def unreadable(self) -> tuple[str, ...]:
        """Accounts of which nothing can be read."""
        return self.no_role

    @property
    def known(self) -> frozenset[str]:
        """Accounts of which something cannot be read."""
        return frozenset((*self.unreadable, *self.incomplete))

    @property
    def incomplete(self) -> tuple[str, ...]:
        """Accounts of which a part cannot be read."""
        return tuple(
            sorted(
                {
                    *self.no_details,
                    *self.broken_details,
                    *self.no_keys,
                    *self.no_report,
                    *self.never_report,
                    *self.bad_report,
                },
            ),
        )


def heavy(world: World) -> HeavyProfile:
    """The heavy profile for a world: about a tenth of its accounts meets something that lasts."""
    accounts = list(world.active_ids[1:])
    random.Random(f"faults-{world.seed}").shuffle(accounts)
    few = max(1, world.size // 100)

    def some(count: int) -> tuple[str, ...]:
        taken, accounts[:count] = accounts[:count], []
        return tuple(taken)

    return HeavyProfile(
        no_role=some(few * 2),
        no_details=some(few),
        broken_details=some(few),
        no_keys=some(few),
        no_report=some(few),
        never_report=some(1),
        bad_report=some(min(len(BAD_REPORTS), few * 5)),
        good_report=some(min(len(GOOD_REPORTS), few * 2)),
        expired=some(few * 5),
    )


def as_json(rules: Sequence[Rule]) -> list[dict[str, object]]:
    """Rules for the control request that replaces them."""
    return [asdict(rule) for rule in rules]


def from_json(rules: Sequence[dict[str, object]]) -> list[Rule]:
    """The rules of a control request."""
    made = []
    for each in rules:
        lists = {name: tuple(value) for name, value in each.items() if isinstance(value, list)}
        made.append(Rule(**{**each, **lists}))  # type: ignore[arg-type]  # the fields of `as_json`
    return made
