"""Verdicts and findings about one key, in the words of the report.

- `capabilities`: kinds of data, read from `data/capabilities.json`.
- `notes`: what was not looked at or not understood.
- `named_stores`: what the stores that were read make of the verdict about their kind.
- `unnamed_accounts`: accounts that stand for those which policies tell apart without naming them.
- `own_access`: what a principal has of a kind of data by itself.
- `service_permits`: what a credential of a single service permits there.
- `wording`: hops, statements in words and sample requests, which findings are told with.
- `administration`, `data_access`: administration and each kind of data, with their findings.
- `store_access`: the named stores that a key reads, as itself and as whatever it becomes.
- `unread_accounts`: roles in accounts that were not read, which a key may enter.
- `unproved`: `none` where something was not looked at that may lead on.
- `exposure`: what no verdict counts: credentials that may lead on, and what is only worth knowing.
- `principal_verdicts`: one principal's verdicts from all of that.
"""
