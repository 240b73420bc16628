"""As much of CBOR (RFC 8949) as the tagging API's `smithy-rpc-v2-cbor` protocol needs."""

from __future__ import annotations

import struct


def encode(value: object) -> bytes:
    """Text, whole numbers, booleans, null, lists and maps with text keys."""
    match value:
        case None:
            return b"\xf6"
        case bool():
            return b"\xf5" if value else b"\xf4"
        case int():
            return _head(0, value)
        case str():
            data = value.encode()
            return _head(3, len(data)) + data
        case list() | tuple():
            return _head(4, len(value)) + b"".join(encode(each) for each in value)
        case dict():
            return _head(5, len(value)) + b"".join(encode(key) + encode(each) for key, each in value.items())
    raise TypeError(f"no CBOR for {type(value).__name__}")


def _head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes([major << 5 | number])
    if number < 1 << 16:
        return struct.pack(">BH", major << 5 | 25, number)
    return struct.pack(">BI", major << 5 | 26, number)


def decode(data: bytes) -> object:
    """The one item that `data` holds."""
    return _item(data, 0)[0]


def _item(data: bytes, place: int) -> tuple[object, int]:
    major, short = data[place] >> 5, data[place] & 31
    if major == 7:
        return {20: False, 21: True}.get(short), place + 1
    if short == 31:
        return _endless(data, place + 1, major)
    size = {24: 1, 25: 2, 26: 4, 27: 8}.get(short, 0)
    number = int.from_bytes(data[place + 1 : place + 1 + size], "big") if size else short
    place += 1 + size
    if major == 0:
        return number, place
    if major in {2, 3}:
        raw = data[place : place + number]
        return (raw.decode() if major == 3 else raw), place + number
    if major == 4:
        return _list(data, place, number)
    if major == 5:
        return _map(data, place, number)
    raise ValueError(f"CBOR major type {major}")


def _list(data: bytes, place: int, count: int) -> tuple[list[object], int]:
    items = []
    for _ in range(count):
        item, place = _item(data, place)
        items.append(item)
    return items, place


def _map(data: bytes, place: int, count: int) -> tuple[dict[object, object], int]:
    flat, place = _list(data, place, 2 * count)
    return dict(zip(flat[::2], flat[1::2], strict=True)), place


def _endless(data: bytes, place: int, major: int) -> tuple[object, int]:
    flat = []
    while data[place] != 0xFF:
        item, place = _item(data, place)
        flat.append(item)
    if major == 4:
        return flat, place + 1
    return dict(zip(flat[::2], flat[1::2], strict=True)), place + 1
