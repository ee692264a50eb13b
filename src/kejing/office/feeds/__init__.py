"""The bridge to the engine: snapshots in, facts out, tables of runs."""
