"""From labelled rows and a model to the datasets that the four baselines are suggested from."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from airflow_model_monitor.analysis.feature_table import FeatureTable
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.predictor_config import PredictorConfig
from airflow_model_monitor.jobs.location import Location
from airflow_model_monitor.jobs.model_comparison import LabelledRows
from airflow_model_monitor.jobs.predictors.opening import Access, open_predictor
from airflow_model_monitor.jobs.predictors.predictor import Predictor

DATA: Final = "data.csv"
QUALITY: Final = "quality.csv"
BIAS: Final = "bias.csv"
REQUESTS: Final = "requests.csv"
REQUESTS_KEPT: Final = 1_000


@dataclass(frozen=True, slots=True)
class AnswerColumns:
    """What the columns are called: the predicted class, its probability, and what came true.

    :param decimals: of the probability, as the endpoint answers it
    """

    prediction: str
    probability: str
    label: str
    decimals: int = 6


def write_baseline_datasets(
    url: str,
    model: PredictorConfig,
    columns: AnswerColumns,
    folder: Path,
    *,
    requests: str | None = None,
    threshold: float = 0.5,
    storage_options: Mapping[str, Any] | None = None,
    access: Access | None = None,
) -> int:
    """Ask a model about labelled rows, and write beside one another what each monitor compares with.

    ``data.csv`` holds answers, then features, as an endpoint's captures are read; ``quality.csv`` labels and answers;
    ``bias.csv`` features, predicted class and label; ``requests.csv`` features alone, of at most 1,000 rows evenly
    spread, because a model is asked many times about each.

    Where a file has columns for prediction and probability, these are what was answered, and nobody is asked: a
    service's own answers are what its windows are compared with, whatever model ``model`` is.

    :param url: CSV with a header: features in the order of a request, the label, and perhaps the answers
    :param folder: local folder to write to
    :param requests: CSV with a header, features and perhaps the answers: all requests, where not all are labelled;
        ``data.csv`` and ``requests.csv`` are made of them. Default: the labelled ones
    :param threshold: probability above which the class is 1, for a model that answers a probability alone
    :returns: number of labelled rows
    :raises ContractError: a file or the model is at fault
    """
    options = dict(storage_options or {})
    answers = (columns.prediction, columns.probability)
    # The features as the file spells them: 12 stays 12, and what is missing stays empty.
    header, features = _spelled(url, options)
    recorded = _taken(header, features, answers) if {*answers} <= {*header} else None
    rows = LabelledRows.read(url, columns.label, options, answers if recorded else ())
    labels = _taken(header, features, (columns.label,))
    asked, everything, every_recorded = rows.features, features, recorded
    if requests:
        asked = LabelledRows.features_of(requests, options)
        names, everything = _spelled(requests, options)
        every_recorded = _taken(names, everything, answers) if {*answers} <= {*names} else None
    every_answer: Sequence[Sequence[Any]] | None = every_recorded
    said: Sequence[Sequence[Any]] | None = recorded
    if said is None or every_answer is None:
        with open_predictor(
            model, dataset_type="text/csv", feature_names=rows.features.names, access=access
        ) as predictor:
            said = _answers(predictor, rows.features, threshold, columns.decimals) if said is None else said
            if every_answer is None:
                every_answer = _answers(predictor, asked, threshold, columns.decimals) if requests else said
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / DATA, (*answers, *header), ((*a, *f) for a, f in zip(every_answer, everything)))
    _write(folder / QUALITY, (columns.label, *answers), ((*label, *a) for label, a in zip(labels, said)))
    bias = ((*f, a[0], *label) for f, a, label in zip(features, said, labels))
    _write(folder / BIAS, (*header, columns.prediction, columns.label), bias)
    _write(folder / REQUESTS, header, everything[:: max(1, -(-len(everything) // REQUESTS_KEPT))])
    return len(rows)


def _answers(predictor: Predictor, features: FeatureTable, threshold: float, decimals: int) -> list[tuple[Any, float]]:
    """Class and probability of each row."""
    answer = predictor.predictions(features)
    if answer.scores is None:
        raise ContractError(
            f"{predictor.name} answers no probability",
            field="predictor.probability",
            remedy="Say there where it stands in the model's answer",
        )
    scores = answer.scores[:, -1]
    classes = (scores > threshold).astype(int) if answer.labels is None else answer.labels
    return list(zip(classes.tolist(), scores.round(decimals).tolist()))


def _spelled(url: str, options: Mapping[str, Any]) -> tuple[list[str], list[list[str]]]:
    lines = list(csv.reader(Location(url, dict(options)).read().decode("utf-8").splitlines()))
    return lines[0], lines[1:]


def _taken(header: list[str], rows: list[list[str]], names: Sequence[str]) -> list[list[str]]:
    """Cells of some columns, row by row, which the header and the rows then have no more."""
    places = [header.index(name) for name in names]
    taken = [[row[place] for place in places] for row in rows]
    for place in sorted(places, reverse=True):
        del header[place]
        for row in rows:
            del row[place]
    return taken


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as written:
        writer = csv.writer(written, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
