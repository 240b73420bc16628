"""The policy file: what this company holds to be old, accepted, owned and sensitive.

The package is pure: a text and the ids of the risk rules come in, a `Policy` goes out. Modules import only
those told of before them:

- `toml_lines`: where each value of a TOML text stands.
- `toml_tables`: reads a table's values, and keeps what is wrong with each.
- `company_policy`: thresholds, exceptions, owners and sensitive tags, and which keys they are about.
- `policy_parser`: from a file's bytes to a `Policy`, or everything that is wrong in it at once.
- `usage`: which exceptions have expired, and which parts of the file are about nothing.
"""
