"""The stages in their order, and what holds for a whole run: its id and date, stopping, resuming, metrics."""
