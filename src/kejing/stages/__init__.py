"""The business. A stage reads tables and writes tables; the order of the stages is in `flow`.

No stage opens a connection, reads a clock, a setting or chance: the date and the seed are
arguments, the engine and the policy arrive in the `StageContext`.
"""
