"""Contacts: log one within a minute, with or without a signal; book the next; call one off with a reason."""
