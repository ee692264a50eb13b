"""The first page: where a role begins, and what there is to do in an office that is still empty."""
