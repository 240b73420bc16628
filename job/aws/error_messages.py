"""What an error of AWS or its SDK is to a person: what happened, and what to do, in one line without secrets.

    told(error, profile="audit")    # "The SSO session … has expired …; run `aws sso login --profile audit`"
    remedy_of(error)                # the second half alone, for errors that others put into words

Settings are named as the container has them; `job.cli.error_handling` names flags where there are some.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError, CredentialRetrievalError, NoCredentialsError

from job.redaction import redact, redact_defect

_LONGEST: Final = 600

_SSO = "run `aws sso login{profile}`"
_LOGIN = "run `aws login{profile}`"
_CONFIGURATION = "correct it in the AWS configuration (AWS_CONFIG_FILE, ~/.aws/config)"
_UNREACHABLE = (
    "nothing answers there: see to the route (NAT gateway, VPC endpoint, security group), the proxy "
    "(HTTPS_PROXY, NO_PROXY), AWS_REGION, and AWS_ENDPOINT_URL or the profile's endpoint_url if one is set"
)
_NO_ENDPOINT = "no such endpoint there: see to use_fips_endpoint, use_dualstack_endpoint and AWS_REGION"
_NEW_CREDENTIALS = "get new credentials{sso}"
_CLOCK = "set this machine's clock (NTP): AWS takes requests of the last few minutes only"
_UNKNOWN_KEY = (
    "AWS does not know this access key: it may be deleted or inactive, of another partition than AWS_REGION, "
    "or its AWS_SESSION_TOKEN may be missing"
)
_ANOTHER_REGION = "the bucket is in another Region: set AWS_REGION{region}"
_NOT_IN_USE = (
    "this account belongs to no organization: run in the organization's management account, set "
    "REPORT_ORGANIZATION_ROLE_ARN, or name the accounts by REPORT_ORGANIZATION_FILE or REPORT_METADATA_CSV"
)
_SUBSCRIBE = "the account is not signed up for this service yet: complete its registration with AWS"
_PROXY_WANTS_LOGIN = (
    "the proxy wants a user name and a password, which HTTPS_PROXY names in front of the host: both with a "
    "colon between and an @ after them, special characters percent-encoded"
)

# By the class of botocore's exceptions.
_BY_CLASS: Final[Mapping[str, str]] = {
    "NoCredentialsError": (
        "give the task a role, name a profile by AWS_PROFILE, or set AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY"
    ),
    "PartialCredentialsError": "set both halves of the key, or neither, where the first half is",
    "ProfileNotFound": "`aws configure list-profiles` names those that there are; AWS_PROFILE chooses one",
    "ConfigParseError": "each of its sections begins with [profile NAME], each line is NAME = VALUE",
    "ConfigNotFound": "correct AWS_CONFIG_FILE",
    "InvalidConfigError": _CONFIGURATION,
    "InfiniteLoopConfigError": _CONFIGURATION,
    "UnknownCredentialError": _CONFIGURATION,
    "InvalidSTSRegionalEndpointsConfigError": _CONFIGURATION,
    "InvalidRetryConfigurationError": _CONFIGURATION,
    "InvalidRetryModeError": _CONFIGURATION,
    "InvalidProxiesConfigError": _CONFIGURATION,
    "UnauthorizedSSOTokenError": _SSO,
    "SSOTokenLoadError": _SSO,
    "SSOError": _SSO,
    "TokenRetrievalError": _SSO,
    "NoAuthTokenError": _SSO,
    "LoginError": _LOGIN,
    "LoginRefreshRequired": _LOGIN,
    "LoginTokenLoadError": _LOGIN,
    "RefreshWithMFAUnsupportedError": "get a session with MFA first, and use a profile that holds it",
    "ProxyConnectionError": "see to the proxy: HTTPS_PROXY names it, NO_PROXY what goes without",
    "SSLError": (
        "nobody that is trusted here vouches for that certificate: set AWS_CA_BUNDLE, or ca_bundle of the "
        "AWS profile, to a file with the root certificate of your proxy or company"
    ),
    "ConnectTimeoutError": _UNREACHABLE,
    "EndpointConnectionError": _UNREACHABLE,
    "ReadTimeoutError": "the connection stands but no answer comes: see to the proxy or firewall between",
    "ConnectionClosedError": "something between ends the connections: see to the proxy or firewall",
    "NoRegionError": "set AWS_REGION, or region of the AWS profile",
    "InvalidRegionError": "correct AWS_REGION, or region of the AWS profile",
    "UnknownRegionError": "correct AWS_REGION, or region of the AWS profile",
    "EndpointVariantError": _NO_ENDPOINT,
    "EndpointResolutionError": _NO_ENDPOINT,
    "InvalidEndpointConfigurationError": "correct endpoint_url of the AWS profile, or AWS_ENDPOINT_URL",
}

# By the provider of credentials that botocore names.
_BY_PROVIDER: Final[Mapping[str, str]] = {
    "custom-process": "run the profile's credential_process by itself until it prints credentials",
    "container-role": (
        "the container's credentials endpoint does not give any: see to the task role, or to the agent that "
        "AWS_CONTAINER_CREDENTIALS_FULL_URI names"
    ),
    "sso": _SSO,
    "login": _LOGIN,
    "assume-role": "see to role_arn and source_profile of the AWS profile",
    "assume-role-with-web-identity": "see to AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE",
}

# By AWS's error code.
_BY_CODE: Final[Mapping[str, str]] = {
    "ExpiredToken": _NEW_CREDENTIALS,
    "ExpiredTokenException": _NEW_CREDENTIALS,
    "TokenRefreshRequired": _NEW_CREDENTIALS,
    "RequestExpired": _CLOCK,
    "RequestTimeTooSkewed": _CLOCK,
    "InvalidClientTokenId": _UNKNOWN_KEY,
    "UnrecognizedClientException": _UNKNOWN_KEY,
    "InvalidAccessKeyId": _UNKNOWN_KEY,
    "InvalidToken": _UNKNOWN_KEY,
    "AuthFailure": _UNKNOWN_KEY,
    "SignatureDoesNotMatch": (
        "the secret access key does not belong to the access key, or something between changes requests"
    ),
    "InvalidIdentityToken": "the role's trust policy and AWS_WEB_IDENTITY_TOKEN_FILE must be of one issuer",
    "IDPCommunicationError": "AWS cannot reach the issuer of AWS_WEB_IDENTITY_TOKEN_FILE: try again",
    "RegionDisabledException": "enable the Region in the account, or set AWS_REGION to one that is",
    "OptInRequired": _SUBSCRIBE,
    "SubscriptionRequiredException": _SUBSCRIBE,
    "NotSignedUp": _SUBSCRIBE,
    "AWSOrganizationsNotInUseException": _NOT_IN_USE,
    "PermanentRedirect": _ANOTHER_REGION,
    "AuthorizationHeaderMalformed": _ANOTHER_REGION,
    "IllegalLocationConstraintException": _ANOTHER_REGION,
    "301": _ANOTHER_REGION,
    "NoSuchBucket": "create the bucket, or correct REPORT_BUCKET",
    "InvalidBucketName": "correct REPORT_BUCKET",
    "KMS.NotFoundException": "correct REPORT_KMS_KEY_ARN",
    "KMS.DisabledException": "enable the key of REPORT_KMS_KEY_ARN",
    "AccessDenied": "`python -m job permissions` prints the policies that the job needs",
    "AccessDeniedException": "`python -m job permissions` prints the policies that the job needs",
    "407": _PROXY_WANTS_LOGIN,
}

# By operation and code, where the code alone says less.
_BY_OPERATION: Final[Mapping[tuple[str, str], str]] = {
    ("AssumeRole", "AccessDenied"): (
        "the role must exist, its trust policy must name this caller (and REPORT_EXTERNAL_ID, if it asks for "
        "one), and the caller must be allowed sts:AssumeRole on it"
    ),
    (
        "AssumeRoleWithWebIdentity",
        "AccessDenied",
    ): "the trust policy of AWS_ROLE_ARN must name this token's subject",
    ("AssumeRoleWithWebIdentity", "ExpiredTokenException"): (
        "have the token of AWS_WEB_IDENTITY_TOKEN_FILE renewed"
    ),
    ("GetRoleCredentials", "ForbiddenException"): (
        "the signed-in user has no such role: see to sso_account_id and sso_role_name of the AWS profile"
    ),
    ("GetRoleCredentials", "ResourceNotFoundException"): "see to sso_account_id of the AWS profile",
    ("GetRoleCredentials", "UnauthorizedException"): _SSO,
    ("CreateToken", "InvalidGrantException"): _SSO,
}

# What comes out of the SDK as another exception, by its words.
_BY_WORDS: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (
        re.compile(r"Invalid endpoint"),
        "set AWS_ENDPOINT_URL, or endpoint_url of the AWS profile, to a whole URL",
    ),
    (re.compile(r"Invalid header value"), "a token ends in a line break: set AWS_SESSION_TOKEN without"),
    (re.compile(r"Auth token value"), "AWS_CONTAINER_AUTHORIZATION_TOKEN holds a line break: set it without"),
    (re.compile(r"Unsupported host"), "correct AWS_CONTAINER_CREDENTIALS_FULL_URI"),
    (
        re.compile(r"invalid literal for int"),
        "set AWS_MAX_ATTEMPTS, or max_attempts of the profile, to a number",
    ),
    (re.compile(r"refreshed credentials are still expired"), "their source hands out old ones{sso}"),
)


def told(error: Exception, *, profile: str | None = None) -> str:
    """What happened and what to do about it."""
    remedy = remedy_of(error, profile=profile)
    return f"{what_happened(error)}; {remedy}" if remedy else what_happened(error)


def what_happened(error: Exception) -> str:
    """The error's own words in one line, without what is secret."""
    match error:
        case ClientError():
            details = error.response.get("Error", {})
            words = f"{error.operation_name}: {details.get('Code', 'Unknown')}: {details.get('Message', '')}"
        case CredentialRetrievalError():
            words = _of_provider(error)
        case BotoCoreError():
            words = str(error)
        case json.JSONDecodeError():
            words = "what should be JSON, of a credential process or a cache, is none"
        case OSError() if error.filename is not None:
            words = f"{error.filename}: {error.strerror}"
        case _:
            words = redact_defect(f"{type(error).__name__}: {error}")
    line = " ".join(redact(words).split()).rstrip(".: ")
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _of_provider(error: CredentialRetrievalError) -> str:
    """The SDK's own words; not what a program wrote or a server sent, which may be the secret itself."""
    words = str(error)
    if any(harmless in words for harmless in ("Unsupported version", "Missing required key")):
        return words
    provider = str(error.kwargs.get("provider"))
    if provider == "custom-process":
        return "the credential_process failed"
    return re.sub(r"(from container metadata):.*", r"\1", words, flags=re.DOTALL)


def remedy_of(error: Exception, *, profile: str | None = None) -> str | None:
    """What a person can do, None where nothing is known to help."""
    remedy = _remedy(error)
    if remedy is None:
        return None
    if profile and isinstance(error, NoCredentialsError):
        return f"`aws configure --profile {profile}` gives it some"
    option = f" --profile {profile}" if profile else ""
    sso = f", for example by `aws sso login{option}`" if profile else ""
    region = _region_told_by(error)
    return (
        remedy.replace("{profile}", option)
        .replace("{sso}", sso)
        .replace("{region}", f" to {region}" if region else " to the bucket's")
    )


def _remedy(error: Exception) -> str | None:
    match error:
        case ClientError():
            return _of_answer(error)
        case BotoCoreError():
            return _of_sdk(error)
        case json.JSONDecodeError():
            return "run the profile's credential_process, or `aws sso login{profile}`, by itself"
        case OSError():
            return _of_system(error)
        case _:
            return next((remedy for words, remedy in _BY_WORDS if words.search(str(error))), None)


def _of_system(error: OSError) -> str | None:
    """The configuration names a file or a program that is not there, or may not be read or run."""
    if error.filename is None:
        return None
    return (
        "correct what names it: AWS_WEB_IDENTITY_TOKEN_FILE, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, or the "
        "profile's credential_process or web_identity_token_file"
    )


def _of_answer(error: ClientError) -> str | None:
    details = error.response.get("Error", {})
    code, message = str(details.get("Code", "")), str(details.get("Message", ""))
    if "Signature expired" in message or "Signature not yet current" in message:
        return _CLOCK
    return _BY_OPERATION.get((error.operation_name, code)) or _BY_CODE.get(code)


def _of_sdk(error: BotoCoreError) -> str | None:
    given = error.kwargs
    if asks_for_proxy_password(error):
        return _PROXY_WANTS_LOGIN
    by_provider = _BY_PROVIDER.get(str(given.get("provider")))
    known = (_BY_CLASS.get(each.__name__) for each in type(error).__mro__)
    return next((each for each in known if each), None) or by_provider


def asks_for_proxy_password(error: Exception) -> bool:
    """Whether a proxy refused to connect without a user name and password."""
    return isinstance(error, BotoCoreError) and "407" in str(error.kwargs.get("error", ""))


def _region_told_by(error: Exception) -> str | None:
    """The Region that S3 says a bucket is in.

    https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    """
    if not isinstance(error, ClientError):
        return None
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    told_region = error.response.get("Error", {}).get("Region") or headers.get("x-amz-bucket-region")
    if isinstance(told_region, str):
        return told_region
    match = re.search(r"expecting '([a-z0-9-]+)'", str(error))
    return match[1] if match else None
