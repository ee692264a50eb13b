"""The coverage cockpit: can the standard be met, where not, with whom, at what money; numbers open their rows."""
