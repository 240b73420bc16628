"""What a run read of each account: its users with keys, what failed, and how well that covers it."""
