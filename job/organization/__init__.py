"""Reads the organization: accounts, OU paths, tags, control policies, delegated administrators.

    reading = start_reading(clients, stop=stop, now=now)
    for account in reading.accounts(): ...     # as ListAccounts lists them, while all the rest loads
    document = reading.document()              # organization.json, complete; waits for the rest

Without AWS: `load_metadata(data)` for a metadata file, the original tool's included, and
`load_metadata_csv(data)` for a CSV with a column `aws_account_id`; both answer the document's shape.
`add_tags(document, metadata)` puts a CSV's columns on top of what the organization says.
`is_active(account)` tells which accounts to read.

No list of accounts is an OrganizationError. Any other part that AWS refuses is left out, and told in
`Failures`.
"""
