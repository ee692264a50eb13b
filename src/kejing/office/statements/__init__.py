"""Statements of pay: lines, where each figure comes from, disputes and corrected splits."""
