"""The invented figures of the sample institution, read from ``institution.yaml`` and scaled to a size."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction
from importlib import resources
from typing import Literal
from zlib import crc32

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict

from kejing.measure.errors import KejingError
from kejing.measure.rounding import round_fraction

Kind = Literal["corporate", "retail"]


class SampleYearError(KejingError):
    """The sample has no calendar for the year asked for, or the day is not a year end."""

    code = "sample.year_unknown"


class _Part(BaseModel):
    """A part of the parameter file; a misspelt name is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Branch(_Part):
    """A branch with its share of the customers and its RMs at size 1."""

    unit_id: str
    name: str
    parent: str
    lat: float
    lon: float
    corporate: float
    retail: float
    corporate_rms: int
    retail_rms: int
    batch: Literal["simplified", "traditional"]


class HeadOffice(_Part):
    """The head office."""

    unit_id: str
    name: str
    lat: float
    lon: float


class Box(_Part):
    """Where points are drawn [degrees]."""

    south: float
    north: float
    west: float
    east: float


class Department(_Part):
    """The kind of department that every branch has."""

    suffix: str
    name: str


class Grade(_Part):
    """Share of the RMs and pay [yuan a year] of a grade."""

    share: float
    base_pay: int
    target_bonus: int


class RmParameters(_Part):
    """How the sales force is made up."""

    lines: dict[str, str]
    grades: dict[str, Grade]
    part_time_share: float
    skills: dict[str, float]
    leavers: int
    joiners: int
    promotions: int
    absences: int
    absence_reasons: dict[str, int]


class Industry(_Part):
    """Share of the corporate customers and factors of one industry."""

    share: float
    loan: float
    deposit: float
    fee: float
    peak_quarter: int


class Sales(_Part):
    """Distribution of annual sales [yuan]."""

    median: float
    sigma: float
    tail_share: float
    tail_from: float
    tail_exponent: float
    usd_share: float
    near_line_share: float
    lines_usd: list[int]
    usd_rate: float
    missing_share: float


class Wealth(_Part):
    """Distribution of assets of retail customers [yuan]."""

    median: float
    sigma: float
    covered_share: float


class Life(_Part):
    """What happens to customers in the 24 months."""

    opened_in_period_share: float
    closed_share: float
    decay_share: float
    decay_a_month: float
    growth_mean: float
    growth_sigma: float
    moved_corporate: int
    moved_retail: int
    handover_share: float
    reassigned_share: float
    no_location_share: float
    grouped_share: float
    needs_skill_share: float
    spread_km: dict[str, float]


class Team(_Part):
    """Shares of customers that more than one person serves."""

    assist_small: float
    assist_mid: float
    officers_mid: float
    officers_large: float


class Product(_Part):
    """A product; ``size`` and ``ticket`` are shares of annual sales or of assets."""

    product: str
    name: str
    business_type: Literal["deposit", "loan", "fee"]
    measure: str
    kind: Kind
    holding: float
    sigma: float
    size: float = 0
    margin: float = 0
    every: int = 1
    rate: float = 0
    ticket: float = 0
    foreign: bool = False


class Seasons(_Part):
    """Seasonal factors."""

    quarter_end: dict[str, float]
    spring_festival: dict[str, float]
    industry_peak: float


class Contacts(_Part):
    """How often and how RMs and customers meet."""

    rate: dict[str, float]
    channels: dict[str, float]
    outbound_share: float
    connected_share: float
    booked: dict[str, float]
    booked_days: int


class Goals(_Part):
    """How goals are set by the fictional planning office."""

    increments: dict[str, list[float]]
    fee_income: float
    round_to: int
    at_least: int


class Losses(_Part):
    """Words and number of the losses."""

    per_corporate: float
    services: list[str]
    reasons: list[str]
    competitors: list[str]


class DecidedIncident(_Part):
    """An incident of somebody of ``line`` that was decided within the year; days as month and day."""

    line: str
    cause: str
    happened: str
    confirmed: str


class PayMatters(_Part):
    """How much happens around pay, at size 1, and the words for it."""

    incidents: int
    on_record: list[DecidedIncident]
    causes: list[str]
    disputes: int
    claims: list[str]
    adjustments: int
    adjustment_reasons: list[str]
    holds: int
    hold_reasons: list[str]
    hold_event: str
    pool_a_head: int
    fund_grants: dict[str, int]
    claims_a_fund: int
    purposes: dict[str, list[str]]
    appeals: int
    appeal_reasons: list[str]
    openings: int
    opening_item: str
    unsigned_share: float


class Names(_Part):
    """Neutral syllables for names."""

    brand: list[str]
    corporate_suffix: dict[str, str]
    surname: list[str]
    given: list[str]


class Institution(_Part):
    """Everything in ``institution.yaml``."""

    city: str
    bank: str
    box: Box
    head_office: HeadOffice
    branches: list[Branch]
    departments: dict[str, Department]
    counts: dict[str, int]
    officers: dict[str, int]
    rms: RmParameters
    industries: dict[str, Industry]
    sales: Sales
    grades: dict[str, float]
    wealth: Wealth
    life: Life
    covered: dict[str, float]
    team: Team
    products: list[Product]
    business_types: dict[str, str]
    type_blank_share: float
    responsible_blank_share: float
    seasons: Seasons
    spring_festival: dict[int, dt.date]
    contacts: Contacts
    fx: dict[str, list[float]]
    foreign_shares: dict[str, float]
    goals: Goals
    losses: Losses
    pins: dict[str, int]
    pin_reasons: dict[str, str]
    pay_matters: PayMatters
    names: Names
    defects: dict[str, int]


def read_institution() -> Institution:
    """The parameters shipped with the package."""
    text = resources.files(__package__).joinpath("institution.yaml").read_text(encoding="utf-8")
    return Institution.model_validate(yaml.safe_load(text))


def months_later(day: np.datetime64, months: int) -> np.datetime64:
    """First day of the month ``months`` after that of ``day``."""
    first: np.datetime64 = (day.astype("datetime64[M]") + np.timedelta64(months, "M")).astype("datetime64[D]")
    return first


@dataclass(frozen=True)
class Plan:
    """One sample: parameters, seed, size and the two years it covers, ending on ``as_of``.

    Raises
    ------
    SampleYearError
        ``as_of`` is not 31 December, or the Spring Festival of one of the years is not listed.
    """

    institution: Institution
    seed: int
    size: Fraction
    as_of: dt.date

    def __post_init__(self) -> None:
        festivals = self.institution.spring_festival
        known = self.as_of.year in festivals and self.as_of.year - 1 in festivals
        if (self.as_of.month, self.as_of.day) != (12, 31) or not known:
            raise SampleYearError(as_of=self.as_of, first=min(festivals) + 1, last=max(festivals))

    @property
    def year(self) -> int:
        """The last of the two years."""
        return self.as_of.year

    @property
    def months(self) -> list[np.datetime64]:
        """First days of the 24 months, in order."""
        return [months_later(self.day("-1:01-01"), index) for index in range(24)]

    def scaled(self, count: int, *, at_least: int = 1) -> int:
        """``count`` of size 1 at this size."""
        return max(at_least, round_fraction(count * self.size, 0))

    def chance(self, part: str) -> np.random.Generator:
        """A stream of chance of its own for ``part``, so that one part does not disturb another."""
        return np.random.default_rng([self.seed, crc32(part.encode())])

    def day(self, text: str) -> np.datetime64:
        """``05-15`` of the last year; ``-1:05-15`` of the year before; ``+1:01-10`` of the year after."""
        offset, _, month_day = text.rpartition(":")
        return np.datetime64(f"{self.year + int(offset or 0):04d}-{month_day}", "D")
