"""Runs: started in the background, followed, compared, shown."""
