"""What a search leaves out where there is too much to look at one by one, in the words of findings and notes.

Each stands for an edge that is conceivable at most: what it leads to is `unknown`, what it doesn't is proved.
"""

from __future__ import annotations

FORMS = "one of more combinations of changes than were looked at"
SESSIONS = "one of more tags and names of the session than were looked at"
TAG_VALUES = "one of more tag values than were looked at"
NAMES = "one of more names than were looked at"
LEFT_OUT = (FORMS, SESSIONS, TAG_VALUES, NAMES)
"""All of them."""
