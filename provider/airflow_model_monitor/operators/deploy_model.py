"""Which version of a model serves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypedDict

from airflow_model_monitor._compat import AirflowFailException
from airflow_model_monitor.assets.airflow_metrics import model_deployed
from airflow_model_monitor.assets.window import instant
from airflow_model_monitor.operators.connected import ConnectedOperator

if TYPE_CHECKING:
    from airflow.providers.openlineage.extractors import OperatorLineage
    from airflow.sdk import Context


class DeployedModel(TypedDict):
    """``version`` serves now; ``previous`` did before, None when none did.

    ``effective_from`` is since when, ISO 8601, or None: from the beginning. ``model_uri`` is the address of its ONNX
    file, None for a version without one.
    """

    version: str
    previous: str | None
    effective_from: str | None
    model_uri: str | None


class DeployModelOperator(ConnectedOperator):
    """Let a version of a model serve, or an earlier one again: one task either way.

    Versions are kept below ``models_uri``, addressed by content
    (:class:`~airflow_model_monitor.service.model_versions.ModelVersions` adds them), and beside them stands which one
    serves from when on. Whatever answers requests reads it there, and so does everything that has to know whose answers
    a window holds. An endpoint on SageMaker is updated by the Amazon provider's operators; use this one after them.

    Run a second time, after a retry say, it changes nothing: the version serves since the first.

    Returns a :class:`DeployedModel`.

    :param models_uri: folder of the model's versions, a path or URL. (templated)
    :param version: its content address. (templated)
    :param effective_from: requests from this instant on are its; ISO 8601 with offset. Default: the first version
        serves from the beginning, a later one from now on. (templated)
    :param reason: a sentence that stands beside it. (templated)

    The other arguments are those of :class:`~airflow_model_monitor.operators.connected.ConnectedOperator`.
    """

    template_fields: Sequence[str] = (
        *("models_uri", "version", "effective_from", "reason"),
        *ConnectedOperator.template_fields,
    )

    def __init__(
        self,
        *,
        models_uri: str,
        version: str,
        effective_from: str | datetime | None = None,
        reason: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.models_uri = models_uri
        self.version = version
        self.effective_from = effective_from
        self.reason = reason
        self._result: DeployedModel | None = None

    def execute(self, context: Context) -> DeployedModel:
        """Find the version, and enter it unless it serves already."""
        from airflow_model_monitor.service.model_versions import MODEL_FILE, ModelVersions
        from airflow_model_monitor.service.windows import iso

        registry = ModelVersions(self.models_uri, self.hook.storage_options(self.models_uri))
        try:
            version = registry.get(self.version)
        except LookupError as error:
            raise AirflowFailException(str(error)) from error
        history = registry.deployments()
        if history and history[-1].version == version.version:
            since = history[-1].since
        else:
            since = self._since(first=not history)
            registry.deploy(version.version, since=since, reason=self.reason)
            model_deployed(model=self.models_uri.rstrip("/").rsplit("/", 1)[-1])
        self._result = DeployedModel(
            version=version.version,
            previous=next((one.version for one in reversed(history) if one.version != version.version), None),
            effective_from=None if since is None else iso(since),
            model_uri=version.url_of() if MODEL_FILE in version.files else None,
        )
        self.log.info("%s serves from %s on", version.url, self._result["effective_from"] or "the beginning")
        return self._result

    def _since(self, *, first: bool) -> datetime | None:
        if self.effective_from not in (None, ""):
            return instant("effective_from", self.effective_from)
        return None if first else datetime.now(UTC)

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> OperatorLineage | None:
        """The model, and the list of deployments, for Airflow's OpenLineage provider where that is installed."""
        from airflow_model_monitor.operators.lineage import lineage_of_files

        if self._result is None:
            return None
        return lineage_of_files([self._result["model_uri"]], [f"{self.models_uri.rstrip('/')}/deployments"])
