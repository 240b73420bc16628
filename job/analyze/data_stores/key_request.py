"""What a request to KMS says that a service makes for its caller, to decrypt what a store holds."""

from __future__ import annotations

from job.analyze.language.context import Overlay
from job.snapshot.stores import DataStore, StoreType

_DOMAIN = "amazonaws.com"
_OWN_DOMAINS = {"aws-cn": "amazonaws.com.cn", "aws-eusc": "amazonaws.eu"}


def domains_of(facts: DataStore) -> tuple[str, ...]:
    """The domains of the names that services may give themselves where a store is.

    AWS documents them for `amazonaws.com` alone. Policies of other partitions name their own.
    """
    own = _OWN_DOMAINS.get(facts.arn.split(":")[1])
    return (_DOMAIN,) if own is None else (_DOMAIN, own)


def told_by_service(service: str, region: str, domain: str, facts: DataStore) -> Overlay:
    """What a request to KMS says that a service makes for its caller, to decrypt what a store holds.

    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
    """
    principal = (f"{service}.{domain}",)
    return (
        ("kms:viaservice", (f"{service}.{region}.{domain}",)),
        ("aws:viaawsservice", ("true",)),
        ("aws:calledvia", principal),
        ("aws:calledviafirst", principal),
        ("aws:calledvialast", principal),
        *((f"kms:encryptioncontext:{key}", (value,)) for key, value in _encryption_context(facts)),
    )


def _encryption_context(facts: DataStore) -> tuple[tuple[str, str], ...]:
    """What services encrypt with as context; S3's is the object, or the bucket where it has a bucket key.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html,
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html,
    https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html
    """
    match facts.type:
        case StoreType.SECRET:
            return (("secretarn", facts.arn),)
        case StoreType.TABLE:
            return (("aws:dynamodb:tablename", facts.name), ("aws:dynamodb:subscriberid", facts.account_id))
        case StoreType.PARAMETER:
            return (("parameter_arn", facts.arn),)
        case _:
            return ()
