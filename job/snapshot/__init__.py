"""The snapshot: what was read from AWS, as files, and the typed model that these files parse into.

`parse.parse_organization(document)`, `parse.parse_account(account_id, document)` and
`parse.parse_managed_policies(document)` take decoded JSON and answer the dataclasses of `model`. What is
missing is None or empty as each field says; garbage raises SnapshotError with file and place.
`credential_report.parse_credential_report` is the one reader of credential reports: the collection asks it
who has keys. `states` has the words for an account's state, whoever wrote the list of accounts.
"""
