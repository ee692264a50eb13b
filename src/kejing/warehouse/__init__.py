"""Parquet on disk, one SQL text on the engine, manifests and control totals. Only this package opens DuckDB."""
