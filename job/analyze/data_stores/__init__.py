"""Data stores by name: what a principal reads of each, by both sides' policies and the key's.

- `named_store`: a store with its policies as statements, and whom they let in.
- `inventory`: the stores of all accounts, their grants as statements, and their keys found.
- `opening`: whom a store's own policy lets in from outside.
- `resource_policy`: what a store's policy says to one principal about one action.
- `request`: both sides together, in one account and across two.
- `ways`: the ways to read each type of store, a table.
- `need_resources`: which resources a way's needs are about, for one store.
- `changes`: what a reader may change of a store, or of its key, first.
- `key_request`: what a service says to KMS for its caller.
- `reading`: what a principal reads of a store, with the statement that decides.
"""
