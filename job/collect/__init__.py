"""Reads accounts: assume the member role, credential report, identities, keys and their last use."""
