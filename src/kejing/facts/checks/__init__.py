"""What is wrong with the rows of an import: one module a family of checks, each over columns."""
