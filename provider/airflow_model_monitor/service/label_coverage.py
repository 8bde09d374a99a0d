"""How far the labels of a window have come in, looked at again and again at little cost.

A look lists the window's folders of captured data and of ground truth. Only when a file has come, gone or changed its
size since the last look are the ids read and counted; so a window that waits a week for its labels is counted about as
often as labels arrive, not as often as somebody looks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from airflow_model_monitor.contract.dataset_format import CaptureJson, Csv, DatasetFormat, Json, parse_dataset_format
from airflow_model_monitor.service.label_window import LabelWindow
from airflow_model_monitor.service.request_parts import check_source, hour_folders
from airflow_model_monitor.service.windows import Window

if TYPE_CHECKING:
    from airflow_model_monitor.tables.merge_captures import CaptureKind
    from airflow_model_monitor.tables.merge_coverage import Coverage
    from airflow_model_monitor.tables.merge_files import MergeFile, MergeInput


@dataclass(slots=True, kw_only=True)
class LabelCoverage:
    """The labelled share of one window's captures; remembers its last look.

    :param window: the window of the captures, whole UTC hours
    :param ground_truth_uri: root of the labels
    :param labels: the rule that says in which hours labels are looked for
    :param endpoint: the endpoint that was captured; needed for captured data
    :param captured_data_uri: destination of data capture
    :param transform_output_uri: instead, the output of batch transform jobs in hour folders
    :param variant: the production variant
    :param dataset_format: of the transform output: csv or json
    :param storage_options: keyword arguments of the file systems
    :raises ValueError: captured data without its endpoint, transform output without its format
    """

    window: Window
    ground_truth_uri: str
    labels: LabelWindow
    endpoint: str | None = None
    captured_data_uri: str | None = None
    transform_output_uri: str | None = None
    variant: str = "AllTraffic"
    dataset_format: str | None = None
    storage_options: Mapping[str, Any] = field(default_factory=dict)
    _seen: tuple[tuple[str, int], ...] | None = None
    _found: Coverage | None = None

    def look(self) -> Coverage:
        """The coverage as the files are now; blocks on the store and the engine.

        :raises ContractError: a record that cannot be read
        """
        captures, labels = self._captures(), self._labels()
        seen = tuple((one.file.name, one.file.size) for one in (*captures, *labels))
        if self._found is None or seen != self._seen:
            self._found, self._seen = self._count(captures, labels), seen
        return self._found

    def _count(self, captures: list[MergeFile], labels: list[MergeFile]) -> Coverage:
        from airflow_model_monitor.tables.merge_coverage import Coverage, count_coverage

        return count_coverage(captures, labels, kind=self._kind()) if captures else Coverage(0, 0)

    def _captures(self) -> list[MergeFile]:
        from airflow_model_monitor.tables.merge_coverage import captures_so_far

        check_source(self.endpoint, self.captured_data_uri, self.variant)
        root, folder = self.transform_output_uri or "", ""
        if self.captured_data_uri is not None:
            root, folder = self.captured_data_uri, f"{self.endpoint}/{self.variant}"
        inputs = _inputs(root, folder, self.window.covering_prefixes())
        return captures_so_far(inputs, self._kind(), storage_options=self.storage_options)

    def _labels(self) -> list[MergeFile]:
        from airflow_model_monitor.tables.merge_coverage import labels_so_far

        inputs = _inputs(self.ground_truth_uri, "", self.labels.label_prefixes(self.window))
        return labels_so_far(inputs, storage_options=self.storage_options)

    def _kind(self) -> CaptureKind:
        given = CaptureJson(None) if self.dataset_format is None else _parsed(self.dataset_format)
        if isinstance(given, CaptureJson):
            return "endpoint"
        return "batch_csv" if isinstance(given, Csv) else "batch_json"


def _inputs(root: str, folder: str, prefixes: tuple[str, ...]) -> list[MergeInput]:
    from airflow_model_monitor.tables.merge_files import MergeInput

    return [MergeInput(uri, path) for path, uri in hour_folders(root, folder, prefixes).items()]


def _parsed(text: str) -> DatasetFormat:
    given = parse_dataset_format(text, field="dataset_format")
    if not isinstance(given, CaptureJson | Csv | Json):
        raise ValueError(f"dataset_format: {text}; labels join captured data, or transform output in csv or json")
    return given
