"""Credentials that a shared client signs with: each thread binds its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.exceptions import NoCredentialsError


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountCredentials:
    """Temporary credentials for one account; `expires_at` is None for those that the SDK renews itself."""

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    token: str | None = field(repr=False)
    expires_at: datetime | None


class ThreadCredentials(Credentials):
    """Answers a client's signer with the credentials that the calling thread has bound.

    botocore asks for frozen credentials once for each attempt of a request, in the thread that makes it. A
    thread without bound credentials gets NoCredentialsError: no request is ever signed for another account.
    """

    def __init__(self) -> None:
        super().__init__(access_key="", secret_key="", method="assume-role")
        self._bound = threading.local()

    @contextmanager
    def bound(self, credentials: AccountCredentials) -> Iterator[None]:
        """Sign this thread's requests with these, for as long as the block lasts."""
        before = getattr(self._bound, "credentials", None)
        self._bound.credentials = ReadOnlyCredentials(
            credentials.access_key, credentials.secret_key, credentials.token
        )
        try:
            yield
        finally:
            self._bound.credentials = before

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """The calling thread's credentials."""
        frozen: ReadOnlyCredentials | None = getattr(self._bound, "credentials", None)
        if frozen is None:
            raise NoCredentialsError
        return frozen
