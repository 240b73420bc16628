"""An account's keys as they were last read, whichever day that was.

A report compares each account, and each user whom a control policy guards, with its own last reading. So a
day on which it could not be read is a day that tells nothing about it, and not a day without its keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from job.report.comparison.key_state import KeyState, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class LastReadings:
    """What is remembered of one account.

    `users` is the last reading that knew every IAM user, None when there was none yet. `others` are the
    principals whose keys were last read at another time, or never (None). `keys` are all that those readings
    saw, inactive ones included.
    """

    users: Reading | None
    others: Mapping[str, Reading | None]
    keys: tuple[KeyState, ...]

    def of(self, user_name: str) -> Reading | None:
        """The last reading that knew all keys of a principal; None when there was none yet."""
        return self.others.get(user_name, self.users)


NEVER_READ = LastReadings(users=None, others={}, keys=())
