"""What a column, a dataset and a table are, and how a cell becomes text; it knows no column by name."""
