"""The tables that the analysis reads, and what makes and prints them; SOURCES.md tells their origin."""
