"""What must be there before a deal goes on to its next stage?

The client management process (CMP) has five stages: assess, design, execute, check, celebrate. The policy section
``deal`` names the table of gates; the office keeps the deals. Rows: E3-33, E3-34, E3-39..43.
"""

from kejing.stages.serve.deal.gates import STAGES, GateRule, Requirement, Stage, gate_rules
from kejing.stages.serve.deal.settings import DealSettings

__all__ = ["STAGES", "DealSettings", "GateRule", "Requirement", "Stage", "gate_rules"]
