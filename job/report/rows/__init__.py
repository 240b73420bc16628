"""Each dataset's record with its columns, the registry that lists the datasets, and the report of a run."""
