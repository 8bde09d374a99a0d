"""What every sensor that looks at AWS, or at files, has in common: the connection, and the two ways of waiting."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseSensorOperator

from airflow_model_monitor._compat import AirflowSensorTimeout, AirflowSkipException, conf

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_model_monitor._compat import BaseTrigger
    from airflow_model_monitor.hooks.aws_reader import AwsSettings


class ConnectedSensor(BaseSensorOperator):
    """Looks once, then waits in a worker or in the triggerer. The base of our sensors, not one itself.

    :param aws_conn_id: Airflow connection for AWS; local folders need none. None means boto3's own credentials.
        (templated)
    :param region_name: AWS region, where the connection names none. (templated)
    :param verify: TLS verification, as boto3 takes it. (templated)
    :param botocore_config: keyword arguments of ``botocore.config.Config``.
    :param deferrable: wait in the triggerer instead of in a worker.
    """

    template_fields: Sequence[str] = ("aws_conn_id", "region_name", "verify")

    def __init__(
        self,
        *,
        aws_conn_id: str | None = "aws_default",
        region_name: str | None = None,
        verify: bool | str | None = None,
        botocore_config: dict[str, Any] | None = None,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.aws_conn_id = aws_conn_id
        self.region_name = region_name
        self.verify = verify
        self.botocore_config = botocore_config
        self.deferrable = deferrable

    @abstractmethod
    def _trigger(self, context: Context) -> BaseTrigger:
        """What waits in the triggerer."""

    def execute(self, context: Context) -> Any:
        """Look, and wait by poking or by deferring."""
        if not self.deferrable:
            return super().execute(context)
        # Airflow applies soft_fail and never_fail to deferrable sensors only on the way back from a trigger. Taking
        # that way for the first look too gives one rule for both.
        return self.resume_execution("look_or_defer", None, context)

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Context) -> Any:
        """The way back from a trigger; ``soft_fail`` and ``never_fail`` hold for a time-out, on Airflow 3.0 too."""
        try:
            return super().resume_execution(next_method, next_kwargs, context)
        except AirflowSensorTimeout as error:
            if self.soft_fail or self.never_fail:
                raise AirflowSkipException(f"it timed out: {error}") from error
            raise

    def look_or_defer(self, context: Context) -> Any:
        """What was waited for, if it is there; hand over to the triggerer if it is not."""
        found = self.poke(context)
        if found:
            return found.xcom_value
        self.defer(
            trigger=self._trigger(context), method_name="execute_complete", timeout=timedelta(seconds=self.timeout)
        )
        raise AssertionError("defer() does not return")

    @property
    def connection(self) -> dict[str, Any]:
        """The four arguments that say how AWS is reached."""
        names = ("aws_conn_id", "region_name", "verify", "botocore_config")
        return {name: getattr(self, name) for name in names}

    @property
    def settings(self) -> AwsSettings:
        """The same for what only looks."""
        from airflow_model_monitor.hooks.aws_reader import AwsSettings

        return AwsSettings.of(**self.connection)
