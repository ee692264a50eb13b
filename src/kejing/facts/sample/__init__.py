"""The sample institution: the files a fictional city bank would bring, made from one seed, with known defects.

Every name, place and figure is invented. What it looks like and why: ``docs/explanation/sample-institution``.
"""

from kejing.facts.sample.defects import DEFECT_KINDS, DefectKind, Effect, PlantedDefect
from kejing.facts.sample.parameters import SampleYearError
from kejing.facts.sample.write import SampleReport, write_sample

__all__ = ["DEFECT_KINDS", "DefectKind", "Effect", "PlantedDefect", "SampleReport", "SampleYearError", "write_sample"]
