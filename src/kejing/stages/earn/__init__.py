"""Who produced what, how it scores, what it pays."""
