"""The formula language: text to tree, tree to text, names and types."""
