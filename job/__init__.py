"""Reports every access key of an AWS organization, and what a thief could do with it."""
