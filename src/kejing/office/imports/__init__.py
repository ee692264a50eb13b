"""Bringing files in: preview, commit, undo."""
