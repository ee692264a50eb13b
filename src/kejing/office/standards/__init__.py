"""The service standard against what was done since the run: what is owed, done, booked, left, and at what pace.

What is owed comes from the table ``visit`` of the shown run, and what counts from its policy; contacts and bookings
are those of the office, so a contact counts the moment it is logged. A colleague's contact never fills an RM's own.
"""

from kejing.office.standards.due import Due, DueState, State
from kejing.office.standards.pace import ChannelPace, QuarterPace, pace_of

__all__ = ["ChannelPace", "Due", "DueState", "QuarterPace", "State", "pace_of"]
