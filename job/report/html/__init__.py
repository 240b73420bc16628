"""report.html: one self-contained file for people."""
