"""The realignment studio: change sets as pages, plans that two people edit, and standing in for a colleague."""
