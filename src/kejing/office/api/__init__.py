"""REST for other systems: the same scopes and acts as the pages, with tokens, cursors and webhooks.

A request carries a token of a user, and can do no more than that user's positions and the token's scopes both allow.
Lists come by cursor, errors as ``application/problem+json``, and a POST with an ``Idempotency-Key`` is done once.
"""
