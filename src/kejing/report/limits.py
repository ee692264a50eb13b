"""How much of a run a page carries: enough to read, never the whole table."""

TABLE_ROWS = 15
"""Rows of a table shown on the page."""
FINDING_ROWS = 60
"""Findings shown with their sentences."""
CHART_ROWS = 400
"""Rows of the table behind a chart."""
CHART_BARS = 24
"""Bars of a chart by unit or RM; the rest is summed into one."""
CHART_RANKS = 600
"""RMs of a sorted curve; beyond it every n-th rank is drawn."""
CHART_POINTS = 5000
"""Points of a scatter; beyond it a sample by the hash of the id."""
