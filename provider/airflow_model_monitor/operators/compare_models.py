"""Champion and challenger on the same labelled rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypedDict, get_args

from airflow_model_monitor._compat import AirflowFailException, AirflowSkipException
from airflow_model_monitor.assets.arguments import one_of
from airflow_model_monitor.operators.connected import ConnectedOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_model_monitor.jobs.model_comparison import Comparison
    from airflow_model_monitor.operators.collect_labelled_windows import LabelledDataset

ProblemType = Literal["Regression", "BinaryClassification", "MulticlassClassification"]
OnWorse = Literal["skip", "continue", "fail"]


class ModelComparison(TypedDict):
    """``better`` is whether the challenger won; ``gain`` is in ``metric``, positive when the challenger is better."""

    better: bool
    metric: str
    gain: float
    champion: dict[str, float]
    challenger: dict[str, float]
    rows: int
    dataset: str


class CompareModelsOperator(ConnectedOperator):
    """Ask two models about the same labelled rows and say whether the challenger is better than the champion.

    Use it between training and approval, on windows that neither model has been trained on: where the dataset and the
    models say what they are made of, an overlap is refused. Both are measured with the metrics of the model quality
    monitor.

    Returns a :class:`ModelComparison`. A challenger that is not better ends what follows (``on_worse="skip"``), with
    the figures in the log and in the result.

    :param dataset: CSV with a header: features in the order of a request, and the label; or the result of
        ``CollectLabelledWindowsOperator``. (templated)
    :param label: column of the label.
    :param champion: the model that serves, as ``model_config`` names models: ``{"model_uri": "….onnx"}``,
        ``{"endpoint_url": "https://…"}`` or ``{"endpoint_name": "…"}``. Also ``"trained_on"``, the ``start`` and
        ``end`` of what it was trained on. (templated)
    :param challenger: the new one, likewise. (templated)
    :param metric: what decides: a metric of model quality, such as ``"auc"``, ``"f1"`` or ``"rmse"``.
    :param least_gain: by how much the challenger has to be better.
    :param problem_type: ``"BinaryClassification"``, ``"MulticlassClassification"`` or ``"Regression"``.
    :param on_worse: what a challenger that is not better does: ``"skip"`` what follows, ``"continue"`` or ``"fail"``.

    The other arguments are those of :class:`~airflow_model_monitor.operators.connected.ConnectedOperator`.
    """

    template_fields: Sequence[str] = ("dataset", "champion", "challenger", *ConnectedOperator.template_fields)
    template_fields_renderers = {"champion": "json", "challenger": "json"}  # noqa: RUF012  as in BaseOperator

    def __init__(
        self,
        *,
        dataset: str | LabelledDataset,
        label: str,
        champion: Mapping[str, Any],
        challenger: Mapping[str, Any],
        metric: str = "auc",
        least_gain: float = 0.0,
        problem_type: ProblemType = "BinaryClassification",
        on_worse: OnWorse = "skip",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        one_of("problem_type", problem_type, get_args(ProblemType))
        one_of("on_worse", on_worse, get_args(OnWorse))
        self.dataset = dataset
        self.label_column = label
        self.champion = champion
        self.challenger = challenger
        self.metric = metric
        self.least_gain = least_gain
        self.problem_type = problem_type
        self.on_worse = on_worse

    def execute(self, context: Context) -> ModelComparison:
        """Ask both, compare, and tell."""
        from airflow_model_monitor.jobs.model_comparison import LabelledRows, compare_models
        from airflow_model_monitor.operators.asked_model import access_to

        url = self.dataset if isinstance(self.dataset, str) else self.dataset["dataset"]
        for role in ("champion", "challenger"):
            self._refuse_seen_windows(role)
        found = compare_models(
            LabelledRows.read(url, self.label_column, self.hook.storage_options(url)),
            self._predictor("champion"),
            self._predictor("challenger"),
            metric=self.metric,
            problem_type=self.problem_type,
            access=access_to(self.hook, self.champion, self.challenger),
        )
        result = ModelComparison(
            better=found.gain > self.least_gain,
            metric=found.metric,
            gain=found.gain,
            champion=dict(found.champion),
            challenger=dict(found.challenger),
            rows=found.rows,
            dataset=url,
        )
        self._act(context, found, result)
        return result

    def _act(self, context: Context, found: Comparison, result: ModelComparison) -> None:
        verdict = (
            f"{found.metric} of the champion {found.champion[found.metric]:.4f}, of the challenger "
            f"{found.challenger[found.metric]:.4f} on {found.rows} labelled rows"
        )
        if result["better"]:
            self.log.info("The challenger is better: %s", verdict)
            return
        self.log.warning("The challenger is rejected: %s (it has to gain more than %s)", verdict, self.least_gain)
        if self.on_worse == "continue":
            return
        # A task that raises returns nothing, and who is told of the rejection wants the figures.
        context["ti"].xcom_push(key="return_value", value=result)
        raise (AirflowSkipException if self.on_worse == "skip" else AirflowFailException)(f"rejected: {verdict}")

    def _predictor(self, role: str) -> Any:
        from airflow_model_monitor.operators.asked_model import predictor_of

        return predictor_of({key: value for key, value in getattr(self, role).items() if key != "trained_on"}, role)

    def _refuse_seen_windows(self, role: str) -> None:
        """Nobody is examined on what they have learnt by heart."""
        from airflow_model_monitor.assets.window import instant

        trained_on = getattr(self, role).get("trained_on")
        if not trained_on or isinstance(self.dataset, str):
            return
        start, end = (instant(f"{role}.trained_on.{key}", trained_on[key]) for key in ("start", "end"))
        for window in self.dataset["windows"]:
            if instant("window", window["start"]) < end and start < instant("window", window["end"]):
                raise AirflowFailException(
                    f"{role}: it was trained on {trained_on['start']} to {trained_on['end']}, and the dataset holds "
                    f"the window from {window['start']}; compare on windows that neither model has seen "
                    "(CollectLabelledWindowsOperator(skip_newest=…) for training)"
                )
