"""What the coming months ask for: customers that join, leave and change tier, sudden projects, people who go.

`rules` reads what the policy says of it, `expected` gives the exact mean and the sensitivity of each lever,
`solve_demand` the distribution, `path` the hires. Rows: E4-58, E4-78..84, E4-92.
"""

from kejing.stages.decide.staff.outlook.look import Prospect, RowKey, Today, look_ahead

__all__ = ["Prospect", "RowKey", "Today", "look_ahead"]
