"""What is posted, so that everything posted for a period adds up to its fresh run?

Reads ``fresh`` (what a run says of the period) and ``posted`` (what the ledger holds for it). Writes ``posting``:
the difference per full key, linked to the posting that it corrects; nothing for an equal line, the negative for a
line that is gone. It runs when a period is closed or corrected and is no part of the flow. Rows: E1-36, E2-54; pay
handbook 2.4 E6, 2.5.
"""

from kejing.stages.earn.post.books import BOOKS, KEY_COLUMNS, Book
from kejing.stages.earn.post.run import PostingRule, run

__all__ = ["BOOKS", "KEY_COLUMNS", "Book", "PostingRule", "run"]
