"""Books of any size: prices of the rows, plans cooled at those prices, and the exact bound that the prices prove.

Nothing here is imported before an instance is too large for linear programmes: its loops are compiled.
"""
