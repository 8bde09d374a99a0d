"""What a merge saw: captures, labels, and what became of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from airflow_model_monitor.contract.json_reader import JsonNode


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeCounts:
    """Numbers of records, all at least 0.

    "Read before" is the order of the labels: hour folder, then path, then place in the file.

    :param captures: captured records read
    :param labelled_captures: those with at least one label
    :param merged_records: records written; more than ``labelled_captures`` only when every label is kept (``all``)
    :param labels: label records read
    :param matched_labels: those whose id is that of a capture, whether or not another label of this id won
    :param unmatched_labels: those whose id no capture has
    :param repeated_captures: captures whose id an earlier capture has too; each keeps its record
    :param duplicate_labels: labels whose id another label read before has too
    :param out_of_order_labels: matched labels that stand after a label of a later capture: with labels in the order of
        the captures there are none (an id captured more than once counts as captured at its first place)
    """

    captures: int = 0
    labelled_captures: int = 0
    merged_records: int = 0
    labels: int = 0
    matched_labels: int = 0
    unmatched_labels: int = 0
    repeated_captures: int = 0
    duplicate_labels: int = 0
    out_of_order_labels: int = 0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value < 0:
                raise ValueError(f"{field.name}={value}: a number of records is at least 0")

    @property
    def coverage(self) -> float:
        """Labelled share of the captures; 0.0 without captures."""
        return self.labelled_captures / self.captures if self.captures else 0.0

    def to_document(self) -> Mapping[str, int]:
        """The counts by name, in the order above, for a JSON file."""
        return asdict(self)

    @classmethod
    def from_node(cls, node: JsonNode) -> MergeCounts:
        """The counts in an object of a JSON file.

        :raises ContractError: a count is missing or no whole number of at least 0
        """
        return cls(**{field.name: node.child(field.name).count() for field in fields(cls)})
