"""The stores of all accounts, with policies and grants as statements, and each store's KMS key found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from job.analyze.data_stores.named_store import (
    ANYBODY,
    NOBODY,
    WORDS,
    NamedStore,
    Telling,
    asked_by_store,
    let_in,
    served_by,
    telling_of,
)
from job.analyze.evaluation.subject import Attachment, Subject
from job.analyze.language.document import Policy, parse_policy, unseen_policy
from job.analyze.principals.asked_of_callers import AskedOfCallers
from job.analyze.principals.principal_element import called
from job.snapshot.model import Account, Json
from job.snapshot.stores import DataStore, Grant, ObjectAcls, StoreType

_KMS = "kms"
_CREATE_GRANT = "CreateGrant"
# Any condition that is not understood: what was not read may allow, but a grant never denies.
_UNREAD: Json = {"NotRead": {"kms:GrantOperations": "Decrypt"}}
# https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantConstraints.html
_CONTEXT_CONSTRAINTS = frozenset(("EncryptionContextEquals", "EncryptionContextSubset"))


@dataclass(frozen=True, slots=True)
class KeyNeed:
    """The key that one must be allowed to use besides: `store` is None where AWS's own key asks nothing.

    `known` is False where it was not read which key it is. `own_account`: nobody of another account uses it
    (https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-key).
    """

    store: NamedStore | None
    known: bool = True
    own_account: bool = False


_NOTHING = KeyNeed(None)
# A key that AWS manages serves the account that it lies in alone.
_OF_ITS_ACCOUNT = KeyNeed(None, own_account=True)


class Inventory:
    """All stores added so far; `parse` makes a policy of a document, equal ones once.

    `with_object_acls` counts buckets whose objects may let in others by access control lists. `asking` has
    what policies of stores ask of their callers, by whom they may let in; `*` stands for anybody.
    """

    def __init__(self, parse: Callable[[Json], Policy]) -> None:
        self._parse = parse
        self._by_arn: dict[str, NamedStore] = {}
        self._by_account: dict[str, list[NamedStore]] = defaultdict(list)
        self._by_database: dict[str, NamedStore] = {}
        self._keys: dict[str, NamedStore] = {}
        self._aws_keys: set[str] = set()
        self._complete: dict[str, frozenset[str]] = {}
        self._kinds: set[str] = set()
        self._by_name: dict[str, list[NamedStore]] = defaultdict(list)
        self._anyone: list[NamedStore] = []
        self._naming: dict[str, dict[NamedStore, None]] = defaultdict(dict)
        self._telling: dict[NamedStore, Telling] = {}
        self._others: dict[str, NamedStore] = {}
        self._served: dict[NamedStore, frozenset[str]] = {}
        self._serving: set[str] = set()
        self.asking: dict[str, dict[AskedOfCallers, None]] = defaultdict(dict)
        self.with_object_acls = 0

    def add(self, account: Account) -> None:
        """Take in what was read of an account's stores; nothing, where none were asked for."""
        read = account.stores
        if read is None:
            return
        self._complete[account.account_id] = frozenset(k for k in read.kinds if read.is_complete(k))
        self._kinds.update(read.kinds)
        self._aws_keys |= read.aws_managed_keys
        for facts in read.stores:
            self._add(NamedStore(facts, tuple(self._policies(facts))))

    def forget(self) -> None:
        """Drop every store."""
        for by_arn in (self._by_arn, self._by_database, self._keys, self._others):
            by_arn.clear()
        for listed in (self._by_account, self._by_name):
            listed.clear()
        self._naming.clear()
        self._telling.clear()
        self._served.clear()
        self._serving.clear()
        self.asking.clear()
        self._complete.clear()
        self._kinds.clear()
        self._aws_keys.clear()
        self._anyone.clear()
        self.with_object_acls = 0

    def __bool__(self) -> bool:
        """Whether stores were read of any account."""
        return bool(self._complete)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of stores that were asked for, sorted."""
        return tuple(sorted(self._kinds))

    def is_complete(self, account_id: str, kind: str) -> bool:
        """Whether every store of a kind was listed in an account, in the Regions that were asked for."""
        return kind in self._complete.get(account_id, ())

    def of_account(self, account_id: str) -> Iterable[NamedStore]:
        """The stores of one account, by ARN."""
        return self._by_account.get(account_id, ())

    def release(self, account_id: str) -> None:
        """Drop the statements of an account's stores, when its own principals have been asked about."""
        for store in self._by_account.get(account_id, ()):
            store.release()

    def candidates(self, subject: Subject) -> Iterator[NamedStore]:
        """The stores that the subject may be let into: those of its account, and those that may name it."""
        found = {store.facts.arn: store for store in self.of_account(subject.account_id)}
        session = f":assumed-role/{subject.name}"
        names = [subject.arn, subject.unique_id, subject.account_id, *called(subject)]
        names += [name for name in self._by_name if subject.kind == "role" and session in name]
        for name in names:
            found.update((store.facts.arn, store) for store in self._by_name.get(name, ()))
        found.update((store.facts.arn, store) for store in self._anyone)
        yield from (found[arn] for arn in sorted(found))

    def open_to(self, subject: Subject) -> Iterator[DataStore]:
        """The facts of these stores."""
        return (store.facts for store in self.candidates(subject))

    def telling_apart(self, account_id: str) -> Iterator[tuple[NamedStore, Telling]]:
        """The stores that let in some of an account's principals and not others, and whom they name."""
        lists = (self.of_account(account_id), self._by_name.get(account_id, ()), self._anyone)
        found = dict.fromkeys((*(s for listed in lists for s in listed), *self._naming.get(account_id, ())))
        for store in sorted(found, key=lambda one: one.facts.arn):
            telling = self._telling_of(store)
            if telling:
                yield store, telling

    def serves(self, store: NamedStore, service: str) -> bool:
        """Whether a bucket's policy may let a service read, by its name without the partition's domain."""
        served = self._served.get(store, ())
        return bool(served) and (service in served or ANYBODY in served)

    def may_serve(self, service: str) -> bool:
        """Whether the policy of any bucket may; everybody may also be let in by lists of objects."""
        if service == ANYBODY and self.with_object_acls:
            return True
        return service in self._serving or ANYBODY in self._serving

    def _telling_of(self, store: NamedStore) -> Telling:
        """With what its key's policy tells apart, and that of the secret with its password."""
        found = self._telling.get(store, NOBODY)
        database = store.facts.database
        secret = self._by_arn.get((database and database.master_secret_arn) or "")
        for one in (store, secret):
            key = None if one is None else self.key_of(one.facts).store
            for needed in (None if one is store else one, key):
                found = found.and_(self._telling[needed]) if needed in self._telling else found
        return found

    def find(self, resource: str) -> NamedStore | None:
        """The store that a request's resource is, or lies in: an object, an index, a database's user."""
        if resource in self._by_arn:
            return self._by_arn[resource]
        head, slash, rest = resource.partition("/")
        if not slash:
            return None
        if ":dbuser:" in head:
            return self._by_database.get(head.rpartition(":")[2])
        inner = f"{head}/{rest.partition('/')[0]}" if ":table" in head else head
        return self._by_arn.get(inner)

    def key_of(self, facts: DataStore) -> KeyNeed:
        """The key that encrypts a store."""
        if not facts.key_read:
            return KeyNeed(None, known=False)
        arn = facts.key_arn
        if facts.type is StoreType.KMS_KEY:
            return _NOTHING
        if arn is None:
            # https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
            return _OF_ITS_ACCOUNT if facts.type is StoreType.SECRET else _NOTHING
        if arn in self._aws_keys or ":alias/aws/" in arn:
            return _OF_ITS_ACCOUNT
        return KeyNeed(self._keys.get(arn) or self._other_key(arn))

    def _other_key(self, arn: str) -> NamedStore:
        """A key that was not read; where keys were not asked for at all, IAM policies alone are looked at."""
        found = self._others.get(arn)
        if found is None:
            account_id = arn.split(":")[4] if arn.count(":") > 4 else ""
            asked = account_id not in self._complete or _KMS in self._kinds
            policy = unseen_policy() if asked else parse_policy(_delegation(account_id))
            facts = _unread_key(arn, account_id)
            attachment = Attachment(policy, f"key {facts.name}", "key policy", None)
            found = self._others[arn] = NamedStore(facts, (attachment,))
        return found

    def _add(self, store: NamedStore) -> None:
        facts = store.facts
        if facts.object_acls in (ObjectAcls.ON, ObjectAcls.NOT_READ):
            self.with_object_acls += 1
        self._by_arn[facts.arn] = store
        self._by_account[facts.account_id].append(store)
        if facts.database is not None and facts.database.resource_id:
            self._by_database[facts.database.resource_id] = store
        if store.is_key:
            self._keys[facts.arn] = store
            head = facts.arn.rpartition(":")[0]
            self._keys.update((f"{head}:{alias}", store) for alias in facts.aliases)
        names, asking, telling = let_in(store), asked_by_store(store), telling_of(store)
        if facts.type is StoreType.BUCKET:
            self._serve(store)
        if telling:
            self._telling[store] = telling
            for name in telling.names:
                self._naming[name.split(":")[4]][store] = None
        # Most stores are asked about when their account is, long after.
        store.release()
        tokens = {name.split(":")[4] for name in names if ":federated-user/" in name}
        for name in {facts.account_id, *names, *tokens} if asking else ():
            self.asking[name].update(dict.fromkeys(asking))
        for name in names:
            if name == "*":
                self._anyone.append(store)
            else:
                self._by_name[name].append(store)

    def _serve(self, store: NamedStore) -> None:
        served = frozenset(served_by(store))
        if served:
            self._served[store] = served
        self._serving |= served

    def _policies(self, facts: DataStore) -> Iterator[Attachment]:
        word, label = WORDS[facts.type], f"{WORDS[facts.type]} {facts.name}"
        if not facts.policy_read:
            yield Attachment(unseen_policy(), label, f"{word} policy", None)
        elif facts.policy is not None:
            yield Attachment(self._parse(facts.policy), label, f"{word} policy", None)
        if facts.grants is None:
            document = _allowance("*", ("kms:*",), _UNREAD)
            yield Attachment(self._parse(document), f"grant of {facts.name}", "grants not read", None)
        for grant in facts.grants or ():
            yield Attachment(self._parse(_granted(grant)), f"grant of {facts.name}", grant.id, None)


def _granted(grant: Grant) -> Json:
    """A grant as a statement: https://docs.aws.amazon.com/kms/latest/developerguide/grants.html."""
    conditions = dict[str, Json]()
    constraints = grant.constraints if isinstance(grant.constraints, dict) else {}
    for name, pairs in constraints.items():
        if name not in _CONTEXT_CONSTRAINTS or not isinstance(pairs, dict):
            conditions |= {"NotUnderstood": {name: "constraint"}}
            continue
        held: dict[str, Json] = {f"kms:EncryptionContext:{key}": value for key, value in pairs.items()}
        conditions["StringEquals"] = held
    grantee = grant.grantee or "none"
    actions = [f"kms:{operation}" for operation in grant.operations if operation != _CREATE_GRANT]
    statements = [_allowed(grantee, actions, conditions)] if actions else []
    if _CREATE_GRANT in grant.operations:
        # Whoever was granted it grants no more than what it was granted itself:
        # https://docs.aws.amazon.com/kms/latest/developerguide/create-grant-overview.html
        operations: Json = {"kms:GrantOperations": list(grant.operations)}
        within = {**conditions, "ForAllValues:StringEquals": operations}
        statements.append(_allowed(grantee, (f"kms:{_CREATE_GRANT}",), within))
    return {"Version": "2012-10-17", "Statement": statements}


def _allowance(principal: str, actions: Iterable[str], conditions: Json) -> Json:
    return {"Version": "2012-10-17", "Statement": [_allowed(principal, actions, conditions)]}


def _allowed(principal: str, actions: Iterable[str], conditions: Json) -> Json:
    return {
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": list(actions),
        "Resource": "*",
        "Condition": conditions,
    }


def _delegation(account_id: str) -> Json:
    return _allowance(account_id, ("kms:*",), {})


def _unread_key(arn: str, account_id: str) -> DataStore:
    parts = arn.split(":")
    return DataStore(
        type=StoreType.KMS_KEY,
        account_id=account_id,
        arn=arn,
        name=arn.rpartition("/")[2],
        region=parts[3] if len(parts) > 3 else None,
        tags=None,
        key_arn=arn,
        key_read=True,
        policy=None,
        policy_read=False,
    )
