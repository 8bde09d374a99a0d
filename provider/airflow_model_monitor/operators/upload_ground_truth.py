"""Labels on their way to where merges look for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypedDict, cast, get_args

from airflow_model_monitor._compat import AirflowSkipException
from airflow_model_monitor.assets.arguments import exactly_one, one_of
from airflow_model_monitor.assets.dataset_format import DatasetFormat, format_text, plain_format
from airflow_model_monitor.assets.window import instant, window_of
from airflow_model_monitor.contract.ground_truth import GROUND_TRUTH_ENCODINGS, GroundTruthEncoding
from airflow_model_monitor.operators.connected import ConnectedOperator
from airflow_model_monitor.operators.label_rows import given_rows, query_rows

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_model_monitor.service.ground_truth_rows import LabelColumns

OnNoLabels = Literal["fail", "skip"]


class UploadSummary(TypedDict):
    """What ``UploadGroundTruthOperator`` returns.

    ``labels`` counts the labels, ``files`` the hour folders' files that hold them, ``written`` those of the files that
    this attempt wrote: 0 when a repeated task found everything in place. ``first_file`` and ``last_file`` are the
    addresses of the earliest and the latest hour's.
    """

    labels: int
    files: int
    written: int
    first_file: str
    last_file: str


class UploadGroundTruthOperator(ConnectedOperator):
    """Put labels into SageMaker's ground-truth layout, ``yyyy/mm/dd/hh`` below a root, where merges look for them.

    Use it where labels come from: after a query of the warehouse, or on an export somebody delivers. The hour of a
    folder is the hour in which a label was *collected*, not the hour of the prediction. All rows are checked before
    anything is written; each hour folder then gets one whole file. A retry, or a run that is cleared and runs again,
    writes nothing twice. A later upload's label wins where an id has several.

    Returns an :class:`UploadSummary`.

    :param ground_truth_uri: root of the labels, a path or URL. (templated)
    :param dataset: file or folder of labels: CSV, Parquet or JSON, a path or URL. (templated)
    :param rows: instead, rows as another task returned them: a list of mappings from column to value, or the JSON text
        of one. (templated)
    :param sql: instead, a query; its columns' names are those of ``id_column`` and the others. (templated)
    :param conn_id: Airflow connection of the database, for ``sql``. (templated)
    :param parameters: values for the query's placeholders. (templated)
    :param dataset_format: of ``dataset``; by default told by the file's ending: ``.csv`` with a header, ``.parquet``,
        ``.jsonl``, ``.json``. (templated)
    :param id_column: the column with the inference id the prediction was captured with, else its event id.
    :param label_column: the column with the label.
    :param time_column: the column that says when the label was collected; None puts all labels into one hour.
    :param collected_at: any instant of that hour, ISO 8601 with offset; default: the last hour of the run's data
        interval. (templated)
    :param encoding: ``"CSV"`` writes the label as a value, ``"JSON"`` as ``{"label": value}``.
    :param allow_duplicates: take several labels of one id; the last row counts. Otherwise they are refused.
    :param on_no_labels: what no rows at all do: ``"fail"`` or ``"skip"``.

    The other arguments are those of :class:`~airflow_model_monitor.operators.connected.ConnectedOperator`.
    """

    template_fields: Sequence[str] = (
        "ground_truth_uri",
        "dataset",
        "rows",
        "sql",
        "conn_id",
        "parameters",
        "dataset_format",
        "collected_at",
        *ConnectedOperator.template_fields,
    )
    template_ext: Sequence[str] = (".sql",)
    template_fields_renderers = {"sql": "sql", "parameters": "json", "rows": "json"}  # noqa: RUF012  as in BaseOperator

    def __init__(
        self,
        *,
        ground_truth_uri: str,
        dataset: str | None = None,
        rows: Any = None,
        sql: str | None = None,
        conn_id: str | None = None,
        parameters: Mapping[str, Any] | Sequence[Any] | None = None,
        dataset_format: DatasetFormat | None = None,
        id_column: str = "id",
        label_column: str = "label",
        time_column: str | None = None,
        collected_at: str | datetime | None = None,
        encoding: GroundTruthEncoding = "CSV",
        allow_duplicates: bool = False,
        on_no_labels: OnNoLabels = "fail",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        exactly_one("the places labels come from", dataset=dataset, rows=_named(rows), sql=sql)
        if (sql is None) != (conn_id is None):
            raise ValueError(f"sql={sql!r}, conn_id={conn_id!r}: a query needs its database's connection, and only it")
        if sql is None and parameters is not None:
            raise ValueError(f"parameters={parameters!r}: they are for the placeholders of sql, and there is none")
        if dataset is None and dataset_format is not None:
            raise ValueError(f"dataset_format={dataset_format!r}: it is for dataset, and there is none")
        one_of("encoding", encoding, GROUND_TRUTH_ENCODINGS)
        one_of("on_no_labels", on_no_labels, get_args(OnNoLabels))
        if time_column is not None and collected_at is not None:
            raise ValueError(
                f"time_column={time_column!r}, collected_at={collected_at!r}: give one of them, the column that says "
                "when each label was collected or the hour of all"
            )
        self.ground_truth_uri = ground_truth_uri
        self.dataset = dataset
        self.rows = rows
        self.sql = sql
        self.conn_id = conn_id
        self.parameters = parameters
        self.dataset_format = plain_format(dataset_format)
        self.id_column = id_column
        self.label_column = label_column
        self.time_column = time_column
        self.collected_at = collected_at
        self.encoding = encoding
        self.allow_duplicates = allow_duplicates
        self.on_no_labels = on_no_labels

    def execute(self, context: Context) -> UploadSummary:
        """Check, write, and tell."""
        from airflow_model_monitor.service.ground_truth_rows import LabelColumns
        from airflow_model_monitor.service.ground_truth_upload import NoLabelsError, upload_ground_truth

        columns = LabelColumns(
            id=self.id_column, label=self.label_column, time=self.time_column, encoding=self.encoding
        )
        try:
            with self._labels(columns) as labels:
                uploaded = upload_ground_truth(
                    labels,
                    self.ground_truth_uri,
                    hour=self._hour(context),
                    columns=columns,
                    allow_duplicates=self.allow_duplicates,
                    upload_id=_upload_id(context),
                    storage_options=self.hook.storage_options(self.ground_truth_uri),
                )
        except NoLabelsError as error:
            if self.on_no_labels == "skip":
                raise AirflowSkipException(str(error)) from error
            raise
        self.log.info(
            "%s labels in %s files below %s; %s of the files are new",
            uploaded.labels,
            len(uploaded.files),
            self.ground_truth_uri,
            uploaded.written,
        )
        return UploadSummary(
            labels=uploaded.labels,
            files=len(uploaded.files),
            written=uploaded.written,
            first_file=uploaded.files[0],
            last_file=uploaded.files[-1],
        )

    @contextmanager
    def _labels(self, columns: LabelColumns) -> Iterator[Iterator[Mapping[str, Any]]]:
        if self.dataset is not None:
            from airflow_model_monitor.service.ground_truth_table import dataset_rows

            with dataset_rows(
                self.dataset,
                columns,
                dataset_format=format_text(self.dataset_format),
                storage_options=self.hook.storage_options(self.dataset),
            ) as rows:
                yield cast("Iterator[Mapping[str, Any]]", rows)
        elif self.sql is not None and self.conn_id is not None:
            with query_rows(self.conn_id, self.sql, self.parameters) as rows_of_query:
                yield rows_of_query
        else:
            yield iter(given_rows(self.rows))

    def _hour(self, context: Context) -> datetime | None:
        if self.time_column is not None:
            return None
        if self.collected_at is not None:
            return instant("collected_at", self.collected_at)
        from airflow_model_monitor.service.windows import HOUR

        window = window_of(context, None, None)
        return max(window.start, window.end - HOUR)


def _named(rows: Any) -> str | None:
    # Named, not shown: rows may be thousands, or another task's output that exists only when the DAG runs.
    return None if rows is None else type(rows).__name__


def _upload_id(context: Context) -> str:
    """What makes an upload this one: the task instance, whose retries and repetitions write nothing twice."""
    ti = context["ti"]
    return f"{ti.dag_id}/{ti.run_id}/{ti.task_id}/{-1 if ti.map_index is None else ti.map_index}"
