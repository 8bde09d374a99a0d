"""Labelled windows, gathered into one dataset for training or for comparing models."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypedDict

from airflow_model_monitor._compat import AirflowFailException
from airflow_model_monitor.assets.uri import monitor_name
from airflow_model_monitor.assets.window import instant
from airflow_model_monitor.operators.connected import ConnectedOperator

if TYPE_CHECKING:
    from pathlib import Path

    from airflow.sdk import Context

    from airflow_model_monitor.assets.summary import WindowText
    from airflow_model_monitor.service.folder import Folder
    from airflow_model_monitor.service.merge_store import MergeKey


class LabelledDataset(TypedDict):
    """``dataset`` is a CSV file with a header: features, then the label. ``start`` and ``end`` enclose the windows.

    ``requests`` is another one with the features of every captured request, None unless they were asked for.
    """

    dataset: str
    requests: str | None
    rows: int
    windows: list[WindowText]
    start: str
    end: str


class CollectLabelledWindowsOperator(ConnectedOperator):
    """Gather captured requests and their labels from merged windows into one CSV file.

    Use it before training (the recent windows but the newest), and before ``CompareModelsOperator`` (the newest, which
    neither model has seen). It reads what ``MergeGroundTruthOperator`` published, the newest revision of each window.
    The file's address holds a digest of the records it was made from, so a repeated task writes the same file.

    Returns a :class:`LabelledDataset`.

    :param monitoring_schedule_name: the monitor that ``MergeGroundTruthOperator`` merges for.
    :param output_uri: root of the monitors' output. (templated)
    :param dataset_uri: folder to write to; the file is ``<dataset_uri>/<digest>/rows.csv``. (templated)
    :param headers: names of the features, in the order of a request.
    :param label: what to call the label.
    :param windows: how many windows to gather, counted back from the newest.
    :param skip_newest: how many of the newest to leave out.
    :param until: only windows that have ended by this instant, ISO 8601 with offset; default: the end of the run's data
        interval, or now where it has none. (templated)
    :param least_coverage: pass over windows of which a smaller share is labelled, 0 to 1.
    :param endpoint_name: the endpoint that was captured. (templated)
    :param variant_name: its production variant. (templated)
    :param captured_data_uri: destination of data capture, if the windows' requests are wanted too, labelled or not, as
        a data baseline is made of: labels are missing where the truth never came out, and not by chance. CSV requests.
        (templated)
    :param features_attribute: JMESPath of the features in a JSON request.
    :param ground_truth_attribute: position or JMESPath of the label in the ground truth.

    The other arguments are those of :class:`~airflow_model_monitor.operators.connected.ConnectedOperator`.
    """

    template_fields: Sequence[str] = (
        *("output_uri", "dataset_uri", "until", "endpoint_name", "variant_name", "captured_data_uri"),
        *ConnectedOperator.template_fields,
    )

    def __init__(
        self,
        *,
        monitoring_schedule_name: str,
        output_uri: str,
        dataset_uri: str,
        headers: Sequence[str],
        label: str,
        windows: int,
        skip_newest: int = 0,
        until: str | datetime | None = None,
        least_coverage: float = 0.0,
        endpoint_name: str | None = None,
        variant_name: str = "AllTraffic",
        captured_data_uri: str | None = None,
        features_attribute: str | None = None,
        ground_truth_attribute: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if windows < 1 or skip_newest < 0:
            raise ValueError(
                f"windows={windows}, skip_newest={skip_newest}: at least 1 window, and none or more skipped"
            )
        if not headers or label in headers:
            raise ValueError(
                f"headers={list(headers)}, label={label!r}: name the features, and the label apart from them"
            )
        self.monitoring_schedule_name = monitor_name(monitoring_schedule_name, argument="monitoring_schedule_name")
        self.output_uri = output_uri
        self.dataset_uri = dataset_uri
        self.headers = list(headers)
        self.label_column = label
        self.windows = windows
        self.skip_newest = skip_newest
        self.until = until
        self.least_coverage = least_coverage
        self.endpoint_name = endpoint_name
        self.variant_name = variant_name
        self.captured_data_uri = captured_data_uri
        self.features_attribute = features_attribute
        self.ground_truth_attribute = ground_truth_attribute

    def execute(self, context: Context) -> LabelledDataset:
        """Choose the windows, read their records and write the file."""
        import hashlib
        import tempfile
        from pathlib import Path

        from airflow_model_monitor.jobs.labelled_rows import LabelledLayout, write_labelled_rows
        from airflow_model_monitor.service.folder import Folder
        from airflow_model_monitor.service.labelled_windows import LabelledWindows
        from airflow_model_monitor.service.windows import iso

        rule = LabelledWindows(
            self.monitoring_schedule_name,
            self.endpoint_name,
            self.variant_name,
            count=self.windows,
            skip=self.skip_newest,
            least_coverage=self.least_coverage,
        )
        try:
            chosen = rule.choose(self.output_uri, self._until(context), self.hook.storage_options(self.output_uri))
        except LookupError as error:
            raise AirflowFailException(str(error)) from error
        layout = LabelledLayout(
            tuple(self.headers), self.label_column, self.features_attribute, self.ground_truth_attribute
        )
        digest = hashlib.sha256(repr((layout, [one.execution.revision for _, one in chosen])).encode()).hexdigest()[:16]
        target = Folder(self.dataset_uri, self.hook.storage_options(self.dataset_uri)).child(digest)
        with tempfile.TemporaryDirectory(prefix="model-monitor-") as scratch:
            local = Path(scratch) / "rows.csv"
            options = self.hook.storage_options(self.output_uri)
            rows = write_labelled_rows([one.url for _, one in chosen], layout, local, storage_options=options)
            target.upload("rows.csv", local)
            if self.captured_data_uri is not None:
                self._write_requests(self.captured_data_uri, [key for key, _ in chosen], target, Path(scratch))
        start, end = chosen[0][0].window.start, chosen[-1][0].window.end
        self.log.info(
            "%s labelled rows of %s windows, %s to %s: %s", rows, len(chosen), iso(start), iso(end), target.url
        )
        return LabelledDataset(
            dataset=target.url_of("rows.csv"),
            requests=None if self.captured_data_uri is None else target.url_of("requests.csv"),
            rows=rows,
            windows=[{"start": iso(key.window.start), "end": iso(key.window.end)} for key, _ in chosen],
            start=iso(start),
            end=iso(end),
        )

    def _write_requests(self, captures: str, windows: list[MergeKey], target: Folder, scratch: Path) -> None:
        from airflow_model_monitor.service.folder import Folder
        from airflow_model_monitor.tables.request_rows import write_requests

        options = self.hook.storage_options(captures)
        root = Folder(captures, options)
        below = (f"{key.layout_path}/{prefix}" for key in windows for prefix in key.window.covering_prefixes())
        folders = [folder.url for path in below if (folder := root.child(*path.split("/"))).is_there()]
        write_requests(folders, self.headers, scratch / "requests.csv", storage_options=options)
        target.upload("requests.csv", scratch / "requests.csv")

    def _until(self, context: Context) -> datetime:
        if self.until not in (None, ""):
            return instant("until", self.until)
        end = context.get("data_interval_end")
        if isinstance(end, datetime):
            return end
        from datetime import UTC

        return datetime.now(UTC)
