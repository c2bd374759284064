"""Public ids: short, sortable by the time they were made, and telling what they name."""

import os
import threading
import time

# Crockford's base 32: no I, L, O, U, so that an id read aloud comes through.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_TIME_BITS = 48
_RANDOM_BITS = 72
_lock = threading.Lock()
_last = 0


def new_id(prefix: str) -> str:
    """An id such as `msg_01kae4…`: milliseconds since 1970, then 72 random bits.

    Ids made by one process always ascend, also within a millisecond, so that "newer than
    this id" is a plain comparison.
    """
    global _last
    with _lock:
        fresh = (time.time_ns() // 1_000_000) << _RANDOM_BITS | int.from_bytes(os.urandom(9), "big")
        if fresh >> _RANDOM_BITS <= _last >> _RANDOM_BITS:
            fresh = _last + 1 + int.from_bytes(os.urandom(4), "big")
        _last = fresh
    return f"{prefix}_{_base32(fresh)}"


def _base32(number: int) -> str:
    digits = []
    for _ in range((_TIME_BITS + _RANDOM_BITS) // 5):
        number, digit = divmod(number, 32)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
