"""The frame of every page: as-of day, language, words, numbers, errors, styles."""
