"""Which windows newly arrived labels touch, so that a nightly run revises these and no others.

A merge records the label files it was given. A label file that the newest merge of a window has not seen, or has seen
with another size, is new to the window. The ids in it are compared with those of the window's captures: a window is
named when a new label belongs to one of them, also when it was never merged because no label had arrived. Nothing here
reads the clock: which windows are looked at is the caller's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from airflow_model_monitor.contract.dataset_format import Csv, DatasetFormat, Json, parse_dataset_format
from airflow_model_monitor.service.hour_files import HourFiles
from airflow_model_monitor.service.label_notes import LabelNotes, SeenWindow
from airflow_model_monitor.service.label_window import LabelWindow
from airflow_model_monitor.service.merge_store import DEFAULT_VARIANT, MergeKey, MergeStore
from airflow_model_monitor.service.revisions import Revision
from airflow_model_monitor.service.windows import Window

if TYPE_CHECKING:
    from airflow_model_monitor.tables.merge_captures import CaptureKind
    from airflow_model_monitor.tables.merge_files import MergeFile
    from airflow_model_monitor.tables.source_files import SourceFile

_AT_ONCE = 8
_SAME_HOURS = LabelWindow()


def find_revisable_windows(
    *,
    monitor: str,
    output_uri: str,
    ground_truth_uri: str,
    windows: Iterable[Window] | None = None,
    labels: LabelWindow = _SAME_HOURS,
    endpoint: str | None = None,
    variant: str = DEFAULT_VARIANT,
    captured_data_uri: str | None = None,
    transform_output_uri: str | None = None,
    dataset_format: DatasetFormat | str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    memory_limit: str = "512MB",
    threads: int = 2,
) -> list[Window]:
    """The windows that newly arrived labels touch, in order.

    The arguments are those of :func:`.window_merge_request`, over many windows. A label sent again in another file
    counts as newly arrived; captures that come after a merge without a new label touch nothing. What was compared is
    noted below ``output_uri``, so that the next look reads only what has come since.

    :param windows: the windows to look at, e.g. ``WindowGrid(timedelta(hours=1), start).windows(since, until)``;
        default: those the store lists, which leaves out windows that were never merged
    :param labels: in which hours labels of a window are looked for: the rule the windows are merged by
    :raises ValueError: neither or both of ``captured_data_uri`` and ``transform_output_uri``
    :raises ContractError: a label or a capture that cannot be read, naming file, line and field
    """
    options = dict(storage_options or {})
    captures_root, kind = _captures(endpoint, variant, captured_data_uri, transform_output_uri, dataset_format)
    store = MergeStore(output_uri, options)
    merged = set(store.windows(monitor, endpoint=endpoint))
    looked_at = sorted(merged if windows is None else set(windows))
    keys = [MergeKey(monitor, window, endpoint, variant) for window in looked_at if window in merged]
    with ThreadPoolExecutor(_AT_ONCE) as readers:
        newest = dict(zip((key.window for key in keys), readers.map(store.read, keys), strict=True))
    arrived = HourFiles(ground_truth_uri, map(labels.labels_of, looked_at), options)
    new = {
        window: fresh
        for window in looked_at
        if (fresh := _new(arrived.under(labels.label_prefixes(window)), newest.get(window)))
    }
    if not new:
        return []
    captured = HourFiles(captures_root, new, options)
    captures = {window: captured.under(window.covering_prefixes()) for window in new}
    states = {window: _state(files, newest.get(window)) for window, files in captures.items()}
    folder = store.monitor_folder(monitor, endpoint=endpoint)
    notes = LabelNotes.read(folder, _digest((captures_root, ground_truth_uri, kind, labels)))
    touched, unknown = _recalled(notes, new, states)
    if unknown:
        from airflow_model_monitor.tables.label_matching import groups_with_labels

        touched |= set(
            groups_with_labels(
                unknown,
                lambda window: _captured(captures[window], kind, options),
                kind=kind,
                memory_limit=memory_limit,
                threads=threads,
            )
        )
        files = {one.path: one.file.size for fresh in new.values() for one in fresh}
        seen = {window: SeenWindow(state, window in touched) for window, state in states.items()}
        LabelNotes(notes.subject, files, seen).write(folder)
    return sorted(touched)


def _new(arrived: Sequence[MergeFile], newest: Revision | None) -> list[MergeFile]:
    """The label files that the newest merge has not been given."""
    given = {} if newest is None else newest.execution.label_files
    return [one for one in arrived if given.get(one.path) != one.file.size]


def _recalled(
    notes: LabelNotes, new: Mapping[Window, Sequence[MergeFile]], states: Mapping[Window, str]
) -> tuple[set[Window], dict[Window, list[MergeFile]]]:
    """The windows known to be touched, and the label files that must still be compared with the others."""
    touched: set[Window] = set()
    unknown: dict[Window, list[MergeFile]] = {}
    for window, fresh in new.items():
        seen = notes.seen(window, states[window])
        if seen is not None and seen.touched:
            touched.add(window)
            continue
        known = {} if seen is None else notes.files
        if left := [one for one in fresh if known.get(one.path) != one.file.size]:
            unknown[window] = left
    return touched, unknown


def _captured(files: Sequence[MergeFile], kind: CaptureKind, options: Mapping[str, Any]) -> list[SourceFile]:
    """The files that hold the captures; of a batch transform job those its manifests name."""
    from airflow_model_monitor.tables.merge_files import MergeInput, captured_files

    if kind == "endpoint" or not any(one.file.size for one in files):
        return [one.file for one in files]
    inputs = [MergeInput(one.file.name, one.folder) for one in files]
    return [one.file for one in captured_files(inputs, storage_options=options, manifests=True)]


def _state(captures: Sequence[MergeFile], newest: Revision | None) -> str:
    merged = None if newest is None else newest.execution.revision
    return _digest((merged, [(one.path, one.file.size) for one in captures]))


def _digest(value: object) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()


def _captures(
    endpoint: str | None,
    variant: str,
    captured_data_uri: str | None,
    transform_output_uri: str | None,
    dataset_format: DatasetFormat | str | None,
) -> tuple[str, CaptureKind]:
    """The folder that holds the captures' hour folders, and what they are."""
    if captured_data_uri is not None and transform_output_uri is None and endpoint is not None:
        return f"{captured_data_uri.rstrip('/')}/{endpoint}/{variant}", "endpoint"
    if transform_output_uri is None or captured_data_uri is not None:
        raise ValueError(
            f"captured_data_uri: {captured_data_uri!r}, transform_output_uri: {transform_output_uri!r}, endpoint: "
            f"{endpoint!r}; give captured_data_uri and endpoint, or transform_output_uri"
        )
    if isinstance(dataset_format, str):
        dataset_format = parse_dataset_format(dataset_format)
    if isinstance(dataset_format, Csv):
        return transform_output_uri, "batch_csv"
    if isinstance(dataset_format, Json):
        return transform_output_uri, "batch_json"
    raise ValueError(f"dataset_format: {dataset_format!r}; the output of a transform job is csv or json")
