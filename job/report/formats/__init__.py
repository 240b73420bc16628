"""The files that a dataset is written as, one module each, and the registry that lists them."""
