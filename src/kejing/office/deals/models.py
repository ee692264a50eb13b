"""A deal (CMP): needs, package, team, signatures, and the days on which it entered each stage."""

from __future__ import annotations

from django.db import models

from kejing.office.acts.rows import Row


class StageCode(models.TextChoices):
    """Stages of the client management process, in order."""

    ASSESS = "assess"
    DESIGN = "design"
    EXECUTE = "execute"
    CHECK = "check"
    CELEBRATE = "celebrate"


class Deal(Row):
    """What a customer needs, what is proposed, and what came of it."""

    class State(models.TextChoices):
        """Whether it goes on."""

        OPEN = "open"
        DONE = "done"
        GIVEN_UP = "given_up"

    class Verdict(models.TextChoices):
        """What the check of promise and result led to."""

        ACCEPTED = "accepted"
        REDESIGN = "redesign"

    customer_id = models.CharField(max_length=80, db_index=True)
    title = models.CharField(max_length=200)
    policy = models.CharField(max_length=120)
    currency = models.CharField(max_length=3)
    stage = models.CharField(max_length=10, choices=StageCode, default=StageCode.ASSESS)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    verdict = models.CharField(max_length=10, choices=Verdict, blank=True)
    satisfaction = models.TextField(blank=True)  # what the customer said at the check
    thanks = models.TextField(blank=True)  # how the customer was thanked
    closed_on = models.DateField(null=True)

    class Meta:
        indexes = (models.Index(fields=("state", "stage"), name="deal_stage"),)

    def __str__(self) -> str:
        return self.title


class _Part(Row):
    """A row of one deal; it names the customer too, so that its history is scoped like him."""

    customer_id = models.CharField(max_length=80, db_index=True)

    class Meta:
        abstract = True


class StageStay(_Part):
    """The days of a deal in one stage; a stage entered again is another stay."""

    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, related_name="stays")
    stage = models.CharField(max_length=10, choices=StageCode)
    entered_on = models.DateField()
    left_on = models.DateField(null=True)

    def __str__(self) -> str:
        return f"{self.stage} {self.entered_on}"


class Need(_Part):
    """A need, confirmed by somebody of the customer."""

    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, related_name="needs")
    text = models.TextField()
    confirmed_by = models.CharField(max_length=120)
    confirmed_on = models.DateField()

    def __str__(self) -> str:
        return self.text


class PackageLine(_Part):
    """One product of the package: its price, the fee promised, and what was realised."""

    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, related_name="package")
    product = models.CharField(max_length=80)  # code of the fact table products
    price = models.CharField(max_length=200, blank=True)  # as it is offered: a rate, a flat fee
    promised_minor = models.BigIntegerField(null=True)  # fee expected in the days up to the check [minor units]
    delivered_on = models.DateField(null=True)
    realised_minor = models.BigIntegerField(null=True)  # noted at the check [minor units]

    class Meta:
        constraints = (models.UniqueConstraint(fields=("deal", "product"), name="one_line_a_product"),)

    def __str__(self) -> str:
        return self.product


class Teammate(_Part):
    """Somebody who works on the deal, and his part of the credit once it is celebrated."""

    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, related_name="team")
    rm_id = models.CharField(max_length=80)
    role = models.CharField(max_length=20)
    share = models.PositiveIntegerField(null=True)  # of the deal's success [basis points]
    signed_on = models.DateField(null=True)  # the design as it stands

    class Meta:
        constraints = (models.UniqueConstraint(fields=("deal", "rm_id", "role"), name="one_teammate_a_role"),)

    def __str__(self) -> str:
        return f"{self.rm_id} {self.role}"
