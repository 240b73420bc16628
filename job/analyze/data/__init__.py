"""The tables that the analysis reads, with what makes and prints them; SOURCES.md says where they come from."""
