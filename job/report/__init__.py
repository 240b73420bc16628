"""Datasets from what was read and judged: schema, rows, risk, changes, summary, and the formats."""
