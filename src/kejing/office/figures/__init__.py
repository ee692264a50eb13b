"""Why a number is what it is: the tree behind one row of a run, the same that ``kejing explain`` prints."""
