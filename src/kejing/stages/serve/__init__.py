"""Serve: what a customer needs, what is proposed, and whether it kept its promise."""
