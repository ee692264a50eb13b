"""The command line: one command per verb, in Chinese and English, for people and (``--json``) for programs."""

from kejing.cli.app import app, main

__all__ = ["app", "main"]
