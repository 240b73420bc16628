"""An account's keys beside those that were last read of it: previous readings, history, changes."""
