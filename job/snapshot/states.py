"""The words for an account's state.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html
"""

from __future__ import annotations

from job.snapshot.model import Json, JsonObject

ACTIVE = "ACTIVE"
STATES = (ACTIVE, "CLOSED", "PENDING_ACTIVATION", "PENDING_CLOSURE", "SUSPENDED")


def state_of(account: JsonObject) -> Json:
    """The state in AWS's spelling, whatever it holds; None when there is none.

    Older versions of the AWS CLI know no `State` but only `Status`, which it replaces.
    """
    state = account.get("State") or account.get("Status") or None
    return state.strip().upper().replace(" ", "_") if isinstance(state, str) else state
