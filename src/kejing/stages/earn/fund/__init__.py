"""What was paid from each dedicated fund, and is there always something left to pay it from?

Reads ``funds``, ``fund_claims`` and ``rm_period``. Writes ``fund``: the grant, then every claim in the order in which
it binds, with the balance after it; for pay ``fund_share``, in the shape of ``pool_share``, and for the settlement
``fund_repaid``, as far as the policy says that a kind of fund is pay or repays an expense. A claim is paid only if
another person than applicant and beneficiary approved it, on a day of the fund's period, and the balance holds it.
Rows: E2-54, E2-64; feature 48 of the pay handbook.
"""

from kejing.stages.earn.fund.pay_out import run
from kejing.stages.earn.fund.settings import FundSettings

__all__ = ["FundSettings", "run"]
