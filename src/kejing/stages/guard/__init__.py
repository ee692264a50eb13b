"""Guard: what we may lose, and what we lost."""
