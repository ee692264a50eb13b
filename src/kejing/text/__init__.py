"""Codes, facts and a language become sentences; Chinese and English stand side by side."""

from kejing.text.catalogue import Message, Sentence, finding_sentence, sentence

__all__ = ["Message", "Sentence", "finding_sentence", "sentence"]
