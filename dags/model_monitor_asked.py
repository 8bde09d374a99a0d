"""On SageMaker, models are asked at endpoints beside the one that is watched: questions of ours are no traffic.

The watched endpoint captures whoever asks it, and its windows would be judged by our questions too. Those beside it
capture nothing, and are there for as long as there are questions: an endpoint is paid for by the hour.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airflow.providers.amazon.aws.operators.sagemaker import (  # noqa: TID253  imported only where SageMaker is used
    SageMakerEndpointConfigOperator,
    SageMakerEndpointOperator,
)
from airflow.sdk import TaskGroup, task
from model_monitor_models import ASKED
from model_monitor_monitors import CONNECTED
from model_monitor_settings import SETTINGS as S

from airflow_model_monitor.hooks.model_monitor import ModelMonitorHook

CHALLENGER = f"{S.endpoint}-challenger"
#: A repeated task makes what is called otherwise, so that it never meets what an earlier try left.
TRY = "-{{ ti.try_number }}"


def endpoint_with(task_id: str, name: str, config: str, variants: Any) -> tuple[Any, Any]:
    """The tasks of an endpoint and its configuration; an endpoint that is there already is updated.

    :param task_id: of the endpoint
    :param config: beginning of its configuration's name
    :param variants: ``ProductionVariants``
    """
    made = SageMakerEndpointConfigOperator(
        task_id=f"{task_id}_config",
        config={"EndpointConfigName": config + TRY, "ProductionVariants": variants},
        **CONNECTED,
    )
    named = f"{{{{ ti.xcom_pull(task_ids='{made.task_id}')['EndpointConfig']['EndpointConfigName'] }}}}"
    endpoint = SageMakerEndpointOperator(
        task_id=task_id,
        config={"EndpointName": name, "EndpointConfigName": named},
        check_interval=S.sagemaker.waiter_delay,
        deferrable=True,
        **CONNECTED,
    )
    made >> endpoint
    return made, endpoint


def ask_beside(before: Any, first: Any, last: Sequence[Any]) -> None:
    """Tasks around questions: an endpoint answers as the watched one does, and is gone when they are answered.

    :param before: what it waits for
    :param first: the first question
    :param last: the last ones; the challenger's endpoint goes with them
    """
    with TaskGroup("asked_beside"):

        @task
        def served(run_id: Any = None) -> dict[str, Any]:
            """What the watched endpoint serves, on one instance."""
            from airflow_model_monitor.service.job_name import job_name

            sagemaker = ModelMonitorHook(S.connection).client("sagemaker")
            config = sagemaker.describe_endpoint(EndpointName=S.endpoint)["EndpointConfigName"]
            variants = sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"]
            ours = [{**one, "InitialInstanceCount": 1} if "InitialInstanceCount" in one else one for one in variants]
            return {"config": job_name("asked", S.name, run_id), "variants": ours}

        @task
        def closed() -> None:
            """Nobody is asked any more. A repeated task finds nothing to close."""
            sagemaker = ModelMonitorHook(S.connection).client("sagemaker")
            for one in sagemaker.list_endpoints(NameContains=S.endpoint, MaxResults=100)["Endpoints"]:
                name = one["EndpointName"]
                if name in (ASKED, CHALLENGER):
                    config = sagemaker.describe_endpoint(EndpointName=name)["EndpointConfigName"]
                    sagemaker.delete_endpoint(EndpointName=name)
                    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=name)
                    sagemaker.delete_endpoint_config(EndpointConfigName=config)

        stated = served()
        config, endpoint = endpoint_with("endpoint", ASKED, f"{stated['config']}", stated["variants"])
        before >> stated >> config
        end = closed().as_teardown(setups=endpoint)
        endpoint >> first
        list(last) >> end
