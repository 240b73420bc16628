"""What people and schedulers type: `python -m job …` and `iam-access-key-report`."""
