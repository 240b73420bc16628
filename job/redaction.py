"""Takes secrets out of text before anybody reads it: by the places where they stand, and by what they are.

    redact(text)                         # what a header, a URL, a document or AWS itself calls a secret
    Redaction({"the id"}).text(text)     # and these very values, wherever they stand
    redact_defect(text)                  # and all that looks like a secret, for texts that nobody foresaw

Access key ids are no secrets: they are what the report is about.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from urllib.parse import quote

HIDDEN = "***"

# Shorter values are hidden where they are words of their own: an external id may be a common syllable.
_SURELY_NO_SYLLABLE = 12

_NAMES = (
    r"(?:aws_?)?secret_?(?:access_?)?key|(?:aws_?)?session_?token|(?:x-amz-|aws_?)?security[_-]?token|"
    r"(?:access|refresh|id|bearer|identity|client|auth)_?token|client_?secret|"
    # What follows the setting's name and a colon is what is wrong with it, never its value.
    r"external_?id(?!(?<=REPORT_EXTERNAL_ID):\s)|"
    r"x-amz-sso_bearer_token|(?:container_)?authorization(?:_token)?|proxy-authorization|set-cookie|"
    r"passw(?:or)?d|x-amz-signature|signature"
)
_SECRETS = re.compile(
    r"(?P<url>://)[^\s/@'\"<>]+(?=@)"
    rf"|(?P<named>(?<![a-z])(?:{_NAMES})\b\\?['\"]?\s*[:=]\s*(?:b?\\?['\"])?(?:(?:basic|bearer)\s+)?)[^\s'\"&,;\\<>)}}\]]+"
    r"|(?P<signed>AWS4-HMAC-SHA256\s)[^\n'\"]+"
    r"|(?P<bearing>\b(?:basic|bearer)\s+)[A-Za-z0-9._~+/=-]{12,}"
    r"|(?P<before>Value ')[^']*(?=' at '(?:externalId|tokenCode|webIdentityToken|sAMLAssertion))"
    r"|(?P<header>invalid (?:header|auth token) value )(?:b?'(?:[^'\\]|\\.)*'|b?\"(?:[^\"\\]|\\.)*\")"
    r"|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?"
    r"|\b(?:FwoG|FQoG|IQoJ|aoa[A-Z])[A-Za-z0-9+/=:_-]{40,}",
    re.IGNORECASE,
)
# A secret access key is 40 characters of base64; so is much else, which a defect may go without.
_KEY_LIKE = re.compile(
    r"(?<![A-Za-z0-9/+=])(?=[A-Za-z0-9/+]*[A-Z])(?=[A-Za-z0-9/+]*[a-z])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])"
)


def redact(text: str) -> str:
    """The text without what stands where secrets stand."""
    return _SECRETS.sub(_hidden, text)


def redact_defect(text: str) -> str:
    """The same for a text that nobody foresaw: whatever could be a secret access key goes, too."""
    return _KEY_LIKE.sub(HIDDEN, redact(text))


class Redaction:
    """What takes out these values besides, also as URLs and Python's own notation have them.

    More may be learned on the way: credentials that a profile or a role has given.
    """

    def __init__(self, values: Collection[str] = ()) -> None:
        self._values = frozenset[str]()
        self._known: re.Pattern[str] | None = None
        self.learn(values)

    def learn(self, values: Collection[str]) -> None:
        """Take out these values, too, from now on."""
        self._values |= frozenset(value for value in values if value)
        self._known = _pattern_of(self._values)

    def text(self, text: str) -> str:
        """The text without secrets."""
        return redact(self._known.sub(HIDDEN, text) if self._known else text)

    def value(self, value: object) -> object:
        """The same for all texts in a value of a log line; what JSON has no kind for becomes text."""
        match value:
            case str():
                return self.text(value)
            case bool() | int() | float() | None:
                return value
            case Mapping():
                return {name: self.value(each) for name, each in value.items()}
            case list() | tuple() | set() | frozenset():
                return [self.value(each) for each in value]
            case _:
                return self.text(str(value))


def _pattern_of(values: Collection[str]) -> re.Pattern[str] | None:
    forms = sorted({form for value in values for form in _forms(value)}, key=len, reverse=True)
    return re.compile("|".join(map(_pattern, forms))) if forms else None


def _forms(value: str) -> Iterable[str]:
    return {value, value.strip(), repr(value)[1:-1], quote(value, safe="")} - {""}


def _pattern(form: str) -> str:
    escaped = re.escape(form)
    return escaped if len(form) >= _SURELY_NO_SYLLABLE else rf"(?<![\w-]){escaped}(?![\w-])"


def _hidden(match: re.Match[str]) -> str:
    kept = next((text for text in match.groupdict().values() if text), "")
    return f"{kept}{HIDDEN}"
