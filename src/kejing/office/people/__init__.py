"""Who works here: users, the tree of units, dated positions, delegations, walls."""
