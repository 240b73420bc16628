"""What a policy file says: thresholds, exceptions, owners and sensitive tags, and whose keys they are about.

What was not read, such as the tags of an account, matches nothing: what is not known is not accepted. Whether
data is sensitive is then not known either.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from job.analyze.language.globs import literal, matches
from job.policy_file.toml_tables import TagValues
from job.snapshot.model import CredentialKind


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountTraits:
    """What a policy file can ask about an account; None is "not read".

    `ou_path` is the names from the root on: `Root/Prod/Team A`, a `/` in a name as `%2F`.
    """

    account_id: str
    ou_path: str | None
    tags: Mapping[str, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyTraits:
    """What a policy file can ask about a key and its user; None is "not read"."""

    user_name: str
    user_tags: Mapping[str, str] | None
    access_key_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialTraits:
    """What a policy file can ask about a credential that is no access key, and its user; None is "not read".

    A console password has no `credential_id`.
    """

    user_name: str
    user_tags: Mapping[str, str] | None
    kind: CredentialKind
    credential_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From how many days on a key is old, very old, or unused."""

    old: int = 90
    very_old: int = 365
    unused: int = 90


USUAL = Thresholds()
"""What holds where no policy file says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountScope:
    """Accounts, by all that is given: their ids, an OU that they are below, their tags; nothing is any."""

    accounts: frozenset[str] = frozenset()
    ous: tuple[str, ...] = ()
    tags: TagValues = field(default_factory=dict)

    def includes(self, account: AccountTraits) -> bool:
        """Whether an account is one of them."""
        return (
            (not self.accounts or account.account_id in self.accounts)
            and (not self.ous or any(_is_below(account.ou_path, ou) for ou in self.ous))
            and _have_all(account.tags, self.tags)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyScope:
    """What users of any account hold, by all that is given: patterns of their names, their tags, what it is.

    `keys` are ids of access keys, `credentials` ids and kinds of others. With neither it is all that a user
    holds; with either, what they name and nothing else.
    """

    users: tuple[str, ...] = ()
    user_tags: TagValues = field(default_factory=dict)
    keys: frozenset[str] = frozenset()
    credentials: frozenset[str] = frozenset()

    def includes(self, held: KeyTraits | CredentialTraits) -> bool:
        """Whether a key or another credential is one of them."""
        return (
            (not self.users or any(matches(pattern, literal(held.user_name)) for pattern in self.users))
            and _have_all(held.user_tags, self.user_tags)
            and ((not self.keys and not self.credentials) or self._names(held))
        )

    def _names(self, held: KeyTraits | CredentialTraits) -> bool:
        match held:
            case KeyTraits():
                return held.access_key_id in self.keys
            case CredentialTraits():
                return held.kind in self.credentials or held.credential_id in self.credentials


def _is_below(path: str | None, ou: str) -> bool:
    """Whether an OU, or one above it, is `ou`."""
    return path is not None and (path == ou or path.startswith(f"{ou}/"))


def _have_all(tags: Mapping[str, str] | None, asked: TagValues) -> bool:
    return not asked or (tags is not None and all(tags.get(key) in values for key, values in asked.items()))


def _have_any(tags: Mapping[str, str] | None, asked: TagValues) -> bool:
    return tags is not None and any(tags.get(key) in values for key, values in asked.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """Other thresholds for some accounts; None leaves what holds everywhere. `line` is where it stands."""

    line: int
    scope: AccountScope
    old: int | None
    very_old: int | None
    unused: int | None

    def over(self, thresholds: Thresholds) -> Thresholds:
        """The thresholds of its accounts, where `thresholds` hold everywhere."""
        given = {"old": self.old, "very_old": self.very_old, "unused": self.unused}
        return replace(thresholds, **{name: days for name, days in given.items() if days is not None})


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyException:
    """What is accepted of some keys and other credentials, for a reason, the day `expires` included.

    `rules` are ids of either risk table.
    """

    line: int
    id: str
    accounts: AccountScope
    keys: KeyScope
    rules: frozenset[str]
    reason: str
    owner: str | None
    expires: date

    def holds_on(self, day: date) -> bool:
        """Whether it still counts on a day."""
        return day <= self.expires


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitive:
    """Tags that mark data as sensitive: one that fits is enough, on the account or on the store.

    `line` is where the file says so.
    """

    line: int = 0
    account_tags: TagValues = field(default_factory=dict)
    store_tags: TagValues = field(default_factory=dict)

    def includes(
        self, account_tags: Mapping[str, str] | None, store_tags: Mapping[str, str] | None
    ) -> bool | None:
        """Whether a store with these tags, in an account with those, is sensitive.

        None where the file does not say what is, or where tags that it asks for were not read.
        """
        asked = [
            (tags, values)
            for tags, values in ((account_tags, self.account_tags), (store_tags, self.store_tags))
            if values
        ]
        if any(_have_any(tags, values) for tags, values in asked):
            return True
        return False if asked and all(tags is not None for tags, _ in asked) else None

    def fitting_account_tags(self, tags: Mapping[str, str] | None) -> frozenset[str]:
        """The account tags, by their keys, that an account fits."""
        return _fitting(tags, self.account_tags)

    def fitting_store_tags(self, tags: Mapping[str, str] | None) -> frozenset[str]:
        """The store tags, by their keys, that a store fits."""
        return _fitting(tags, self.store_tags)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A policy file; everything in it may be left out. `owner_line` is where the owner tags stand."""

    thresholds: Thresholds = USUAL
    overrides: tuple[Override, ...] = ()
    exceptions: tuple[PolicyException, ...] = ()
    owner_tags: tuple[str, ...] = ()
    owner_line: int = 0
    sensitive: Sensitive = Sensitive()

    def in_account(self, account: AccountTraits) -> AccountPolicy:
        """What of it bears on an account: of the overrides the first that is about it."""
        override = next((each for each in self.overrides if each.scope.includes(account)), None)
        return AccountPolicy(
            thresholds=override.over(self.thresholds) if override else self.thresholds,
            override=override,
            exceptions=tuple(each for each in self.exceptions if each.accounts.includes(account)),
            owner_tags=self.owner_tags,
            account_owner=_first_of(account.tags, self.owner_tags),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPolicy:
    """What of a policy file bears on one account; `exceptions` still ask for its keys."""

    thresholds: Thresholds
    override: Override | None
    exceptions: tuple[PolicyException, ...]
    owner_tags: tuple[str, ...]
    account_owner: str | None

    def owner(self, user_tags: Mapping[str, str] | None) -> str | None:
        """The first owner tag that the user has, else the first that the account has."""
        return _first_of(user_tags, self.owner_tags) or self.account_owner

    def about(self, held: KeyTraits | CredentialTraits) -> tuple[PolicyException, ...]:
        """The exceptions that are about a key or credential, whatever its rules, expired ones included."""
        return tuple(each for each in self.exceptions if each.keys.includes(held))


def _fitting(tags: Mapping[str, str] | None, wanted: TagValues) -> frozenset[str]:
    return frozenset(key for key, values in wanted.items() if _have_any(tags, {key: values}))


NO_POLICY = Policy()
"""That of a run without a file."""


def _first_of(tags: Mapping[str, str] | None, names: tuple[str, ...]) -> str | None:
    return next((tags[name] for name in names if tags.get(name)), None) if tags else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """What of the rules of a key or credential is accepted on a day.

    `exception` is the one to be told: of those that cover a rule that makes its level (else: any rule)
    the one that expires first, since from then on it counts again; None where nothing is accepted.
    """

    rules: frozenset[str]
    exception: PolicyException | None

    def covers(self, rules: Collection[str]) -> bool:
        """Whether there are such rules and all of them are accepted."""
        return bool(rules) and self.rules.issuperset(rules)


def accept(
    exceptions: Collection[PolicyException], rules: Collection[str], decisive: Collection[str], on: date
) -> Acceptance:
    """What exceptions leave of a thing's `rules` on a day; `decisive` are those that make its level."""
    used = [each for each in exceptions if each.holds_on(on) and not each.rules.isdisjoint(rules)]
    telling = [each for each in used if not each.rules.isdisjoint(decisive)] or used
    return Acceptance(
        rules=frozenset(rules) & frozenset[str]().union(*(each.rules for each in used)),
        exception=min(telling, key=lambda each: each.expires, default=None),
    )
