"""The office: where RMs, heads, administrators and auditors work, in a browser, in Chinese and English.

Rooms, upper ones import lower ones only::

    urls, settings       how the rooms are put together
    home, …              pages: parse, call one act or one scoped query, render
    shell                frame of every page: as-of day, language, errors, words, styles
    changes              change sets: draft, preview, challenge, approve, publish, inverse
    feeds                the bridge to the engine: snapshots in, facts out, tables of runs
    scope                who may see what: one function per entity
    books                customers, coverage, contacts, bookings, open items …
    people               users, units, positions, delegations, walls
    acts                 the one door for writes, and the chain of events
"""
