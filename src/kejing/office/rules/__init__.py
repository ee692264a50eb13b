"""The policy in force as a banker reads it, and new versions on their way."""
