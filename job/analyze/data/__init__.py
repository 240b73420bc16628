"""The tables that the analysis reads, and the tools that make and print them; SOURCES.md says where they come from."""
