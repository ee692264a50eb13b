"""Who covers whom: one lead at an instant, shares of a team that sum to one, and dates within those of both sides."""

from __future__ import annotations

from kejing.facts.checks.docket import Docket, noted
from kejing.facts.checks.intervals import add_overlaps
from kejing.facts.convert.sql import literals
from kejing.facts.schema import COVERAGE, SHARING_ROLES
from kejing.measure.findings import Severity
from kejing.measure.share import TEAM_SHARE


def check_leads(docket: Docket) -> None:
    """Find customers with two leads at one instant: nobody could say who answers for them."""
    docket.engine.create_view("cur_leads", "SELECT * FROM cur_coverage WHERE role = 'lead'")
    add_overlaps(docket, COVERAGE, relation="cur_leads", within=("customer_id",), code="facts.two_leads")


def check_team_shares(docket: Docket) -> None:
    """Find teams whose shares do not sum to 10,000 basis points at some instant.

    A team without any share is no defect: the default of the policy applies, and that is said once.
    """
    engine = docket.engine
    engine.create_view("team_rows", f"SELECT * FROM cur_coverage WHERE role IN ({literals(sorted(SHARING_ROLES))})")
    steps = " UNION ALL ".join(
        f"SELECT customer_id, {day} AS day, {sign}1 AS members, "
        f"{sign}(CASE WHEN share IS NULL THEN 1 ELSE 0 END) AS silent, {sign}COALESCE(share, 0) AS share FROM team_rows"
        for day, sign in (("valid_from", ""), ("valid_to", "-"))
    )
    running = "SUM({0}) OVER (PARTITION BY customer_id ORDER BY day)"
    engine.create(
        "team_instants",
        "SELECT customer_id, day, "
        + ", ".join(f"{running.format(name)} AS {name}" for name in ("members", "silent", "share"))
        + ", LEAD(day) OVER (PARTITION BY customer_id ORDER BY day) AS until FROM ("
        "SELECT customer_id, day, SUM(members) AS members, SUM(silent) AS silent, SUM(share) AS share "
        f"FROM ({steps}) GROUP BY customer_id, day)",
    )
    # A team that lost a member to quarantine cannot sum: it goes there whole, and comes back whole.
    engine.create(
        "broken_teams",
        "SELECT DISTINCT i.customer_id FROM in_coverage AS i JOIN bad_coverage AS b ON b.fn = i.fn AND b.rn = i.rn "
        "WHERE i.customer_id IS NOT NULL",
    )
    missing = "members > 0 AND silent > 0 AND silent < members"
    not_whole = f"members > 0 AND silent = 0 AND share <> {TEAM_SHARE}"
    is_broken = "customer_id IN (SELECT customer_id FROM broken_teams)"
    _add_team_findings(docket, code="facts.team_share_missing", instants=f"{missing} AND NOT {is_broken}")
    _add_team_findings(docket, code="facts.team_shares_not_whole", instants=f"{not_whole} AND NOT {is_broken}")
    _add_team_findings(docket, code="facts.team_put_aside", instants=f"(({missing}) OR ({not_whole})) AND {is_broken}")
    select = (
        f"SELECT fn, rn, {noted('share', val='customer_id', shown='nth = 1')} FROM ("
        "SELECT r.fn, r.rn, r.customer_id, ROW_NUMBER() OVER (PARTITION BY r.customer_id ORDER BY r.fn, r.rn) AS nth "
        "FROM team_rows AS r JOIN (SELECT DISTINCT customer_id FROM team_instants "
        "WHERE silent = members AND members > 1) AS t ON t.customer_id = r.customer_id WHERE r.fn > 0)"
    )
    docket.add("facts.team_shares_absent", Severity.INFO, "coverage", select)


def _add_team_findings(docket: Docket, *, code: str, instants: str) -> None:
    """Reject the new rows that hold at a bad instant; one finding a customer, on the last of them."""
    percent = "CAST(share // 100 AS VARCHAR) || '.' || lpad(CAST(share % 100 AS VARCHAR), 2, '0') || '%'"
    found = noted("share", shown="nth = 1", customer_id="customer_id", since="day", sum=percent)
    select = (
        f"SELECT fn, rn, {found} FROM ("
        "SELECT r.fn, r.rn, r.customer_id, MIN(i.day) AS day, arg_min(i.share, i.day) AS share, "
        "ROW_NUMBER() OVER (PARTITION BY r.customer_id ORDER BY r.fn DESC, r.rn DESC) AS nth "
        f"FROM team_rows AS r JOIN (SELECT * FROM team_instants WHERE {instants}) AS i "
        "ON i.customer_id = r.customer_id AND r.valid_from < i.until AND i.day < r.valid_to "
        "WHERE r.fn > 0 GROUP BY r.fn, r.rn, r.customer_id)"
    )
    docket.add(code, Severity.ERROR, "coverage", select)


def normalise_weights(docket: Docket, feeds: list[int]) -> None:
    """Turn bare weights of ``feeds`` into basis points of the team that shares one interval.

    Largest remainder, ties to the smaller RM id, as `kejing.measure.share.largest_remainder` does.
    """
    if not feeds:
        return
    numbers = ", ".join(str(number) for number in feeds)
    team = "customer_id, valid_from, valid_to, known_at"
    roles = literals(sorted(SHARING_ROLES))
    docket.engine.create(
        "weighed",
        "SELECT fn, rn, part + CASE WHEN nth <= left_over THEN 1 ELSE 0 END AS share FROM ("
        f"SELECT fn, rn, part, {TEAM_SHARE} - SUM(part) OVER (PARTITION BY {team}) AS left_over, "
        f"ROW_NUMBER() OVER (PARTITION BY {team} ORDER BY rest DESC, rm_id, role) AS nth FROM ("
        f"SELECT fn, rn, {team}, rm_id, role, {TEAM_SHARE} * share // total AS part, "
        f"{TEAM_SHARE} * share % total AS rest "
        f"FROM (SELECT *, SUM(share) OVER (PARTITION BY {team}) AS total FROM in_coverage "
        f"WHERE fn IN ({numbers}) AND role IN ({roles}) AND share >= 0) WHERE total > 0))",
    )
    docket.engine.run_script(
        "UPDATE in_coverage SET share = CAST(w.share AS BIGINT) FROM weighed AS w "
        "WHERE w.fn = in_coverage.fn AND w.rn = in_coverage.rn"
    )


def check_covered_dates(docket: Docket) -> None:
    """Find new coverage that reaches outside of the RM's dates or the customer's.

    A start of "always" is no claim, so only a stated start is compared.
    """
    engine = docket.engine
    engine.create(
        "rm_dates", "SELECT rm_id, MIN(valid_from) AS first_day, MAX(valid_to) AS end_day FROM cur_rms GROUP BY rm_id"
    )
    engine.create(
        "customer_dates",
        "SELECT customer_id, MIN(COALESCE(opened_on, DATE '0001-01-01')) AS first_day, "
        "MAX(COALESCE(closed_on, DATE '9999-12-31')) AS end_day FROM cur_customers GROUP BY customer_id",
    )
    for code, name, column in (
        ("facts.coverage_outside_rm_dates", "rm_dates", "rm_id"),
        ("facts.coverage_outside_customer_dates", "customer_dates", "customer_id"),
    ):
        outside = {
            "valid_to": "o.valid_to > d.end_day",
            "valid_from": "o.valid_to <= d.end_day AND o.valid_from < d.first_day AND o.valid_from > DATE '0001-01-01'",
        }
        for day, claim in outside.items():
            found = noted(day, val=f"CAST(o.{day} AS VARCHAR)", id=f"o.{column}", start="d.first_day", end="d.end_day")
            select = (
                f"SELECT o.fn, o.rn, {found} FROM ok_coverage AS o JOIN {name} AS d ON d.{column} = o.{column} "
                f"WHERE NOT o.voided AND {claim}"
            )
            docket.add(code, Severity.WARNING, "coverage", select)
