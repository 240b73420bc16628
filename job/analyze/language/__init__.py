"""IAM's policy language: what a document's words mean, before anybody is asked about.

- `certainty`: the one scale on which everything is answered.
- `globs`: IAM wildcards as sets of words, with exact emptiness of any mix of them.
- `elements`: the values of a statement's elements, in every spelling.
- `document`: documents as statements; what is not understood is kept and named.
- `context`: what a principal's request holds, lacks or leaves open, and policy variables filled in from it.
- `operators`, `conditions`: condition blocks in three-valued logic.
"""
