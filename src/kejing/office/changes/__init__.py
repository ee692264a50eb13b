"""Change sets: draft, preview, challenge, approve by another person, publish on a date, take back by the inverse."""
