"""The version of the code, as installed."""

from importlib.metadata import version

__version__ = version("kejing")
