"""Grids that go out as XLSX and come back as changes: hidden keys and versions, a preview of every cell, acts."""
