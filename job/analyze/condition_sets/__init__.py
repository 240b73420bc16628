"""Condition blocks decided together: each is a set of request contexts, and a few contexts stand for all.

- `text_atoms`, `value_atoms`: finitely many values that stand for all.
- `comparisons`, `key_values`, `key_atoms`: one comparison, one key, one key under several blocks.
- `blocks`: blocks over all of their keys.
- `asked_values`: the values of one key that conditions on it tell apart.
"""
