"""Numbers, moments, addresses and bytes that stand for all: one for each way to lie among given end points.

Each function takes policy values, leaves out those that its operators cannot read, and spells its answers
so that the operators read them back.
"""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, InvalidOperation
from itertools import pairwise

from job.analyze.language.operators import moment

_PRECISIONS = (28, 512, 8192)
_LONGEST_PLAIN = 40
_ANY_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
# Addresses of the documentation ranges, which a reader knows as examples (RFC 5737, RFC 3849).
_EXAMPLES = tuple(map(ipaddress.ip_address, ("203.0.113.1", "198.51.100.1", "2001:db8::1")))
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def number_atoms(wanted: Iterable[str]) -> tuple[str, ...]:
    """Every end point, and a number below, between and above them."""
    ends = sorted({n for text in wanted if (n := _number(text)) is not None})
    if not ends:
        return ("0",)
    found = [_beside(ends[0], down=True), ends[0]]
    for low, high in pairwise(ends):
        found += [_between(low, high), high]
    found.append(_beside(ends[-1], down=False))
    return tuple(_spelled(n) for n in found if n is not None)


def _number(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _arithmetic(precision: int) -> Context:
    return Context(prec=precision, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])


def _beside(number: Decimal, *, down: bool) -> Decimal | None:
    context = _arithmetic(_PRECISIONS[0])
    step = context.subtract(number, Decimal(1)) if down else context.add(number, Decimal(1))
    next_one = context.next_minus(number) if down else context.next_plus(number)
    return next((n for n in (step, next_one) if n.is_finite() and (n < number if down else n > number)), None)


def _between(low: Decimal, high: Decimal) -> Decimal | None:
    for precision in _PRECISIONS:
        context = _arithmetic(precision)
        middle = context.divide(context.add(low, high), Decimal(2))
        for found in (context.add(low, Decimal(1)), middle, context.next_plus(low)):
            if low < found < high:
                return found
    return None


def _spelled(number: Decimal) -> str:
    digits = number.as_tuple()
    short = isinstance(digits.exponent, int) and abs(digits.exponent) + len(digits.digits) < _LONGEST_PLAIN
    return format(number, "f") if short else str(number)


def moment_atoms(wanted: Iterable[str]) -> tuple[str, ...]:
    """Every end point, and a moment before, between and after them."""
    ends = sorted({m for text in wanted if (m := _moment(text)) is not None})
    if not ends:
        return (_told(_ANY_MOMENT),)
    found = [_shifted(ends[0], -1), ends[0]]
    for early, late in pairwise(ends):
        middle = early + (late - early) / 2
        found += [middle if early < middle < late else None, late]
    found.append(_shifted(ends[-1], 1))
    return tuple(_told(m) for m in found if m is not None)


def _moment(text: str) -> datetime | None:
    try:
        return moment(text)
    except ValueError:
        return None


def _shifted(ends: datetime, sign: int) -> datetime | None:
    for step in (timedelta(days=1), timedelta(microseconds=1)):
        try:
            return ends + sign * step
        except OverflowError:
            continue
    return None


def _told(found: datetime) -> str:
    return found.isoformat().replace("+00:00", "Z")


def address_atoms(wanted: Iterable[str]) -> tuple[str, ...]:
    """An address of each stretch between the borders of the networks, in IPv4 and in IPv6."""
    networks = [n for text in wanted if (n := _network(text)) is not None]
    four = [(int(n[0]), int(n[-1]) + 1) for n in networks if n.version == 4]
    six = [(int(n[0]), int(n[-1]) + 1) for n in networks if n.version == 6]
    return (
        *(str(a) for a in _stretches(four, ipaddress.IPv4Address, 1 << 32)),
        *(str(a) for a in _stretches(six, ipaddress.IPv6Address, 1 << 128)),
    )


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _stretches(
    networks: Sequence[tuple[int, int]],
    address: type[ipaddress.IPv4Address | ipaddress.IPv6Address],
    size: int,
) -> Iterator[_Address]:
    borders = sorted({0, size, *(border for network in networks for border in network)})
    for start, end in pairwise(borders):
        examples = (a for a in _EXAMPLES if isinstance(a, address) and start <= int(a) < end)
        yield next(examples, address(min(start + 1, end - 1)))


def byte_atoms(wanted: Iterable[str]) -> tuple[str, ...]:
    """Each of the base64 texts once, and one that is none of them."""
    contents = {c for text in wanted if (c := _bytes(text)) is not None}
    other = b"x" * (1 + max((len(c) for c in contents), default=0))
    return tuple(base64.b64encode(c).decode() for c in (other, *sorted(contents)))


def _bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return None
