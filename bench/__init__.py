"""The job's benchmark: a fast stand-in for AWS, a plain reader to compare with, and the figures."""
