"""Deals: a package of products from the need to the celebration, stage by stage, with a gate before each."""
