"""The tables an institution brings: schema, mapping, import, quarantine, snapshot, sample institution."""

from kejing.facts.import_report import ImportReport, QuarantineSheet, RowCounts
from kejing.facts.importing import import_facts
from kejing.facts.mapping_file import MappingRefusedError, load_mapping
from kejing.facts.read_as_of import attach_facts
from kejing.facts.snapshot import NoFactsError, Snapshot, open_snapshot

__all__ = [
    "ImportReport",
    "MappingRefusedError",
    "NoFactsError",
    "QuarantineSheet",
    "RowCounts",
    "Snapshot",
    "attach_facts",
    "import_facts",
    "load_mapping",
    "open_snapshot",
]
