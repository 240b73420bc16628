"""Datasets from what was read and judged, as rows, files and a page.

Its rooms import only from those before:

- `schema`: what a column, a dataset and a table are, and how a cell becomes text
- `accounts`: what was read of an account, and how well
- `risk`: how bad a key is, by a table of rules
- `comparison`: keys beside those that were last read
- `rows`: each dataset's record with its columns, the registry of datasets, and the report of a run
- `formats`: the files that a dataset, or the whole report, is written as
- `html`: the page for people

`catalog` and `summary` tell about all of it.
"""
