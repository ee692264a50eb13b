"""Text into stored kinds: exact numbers, dates in named notations, codes, identifiers. Columns at a time."""
