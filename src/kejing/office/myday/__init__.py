"""My Day: what an RM is to do now, how he stands against the standard, and what comes to him or leaves him."""
