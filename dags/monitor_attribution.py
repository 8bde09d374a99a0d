"""The model is asked what it goes by: Kernel SHAP of the captured requests, window by window.

Features that change places against the baseline are a violation, whether or not the answers are still right. Asked is
the version that served when the window began; the endpoint that is watched has nothing to do with it.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, task
from model_monitor_models import asked_at, models
from model_monitor_monitors import MONITORS, SHAP, baseline_of, judged
from model_monitor_schedules import EVERY_WINDOW, WINDOWED
from model_monitor_settings import SETTINGS as S

from airflow_model_monitor.operators.run_monitoring import RunMonitoringOperator

if S.attribution:
    with DAG("monitor_attribution", schedule=EVERY_WINDOW, doc_md=__doc__, **WINDOWED):

        @task
        def model(data_interval_start: Any = None) -> str:
            """The file of the version that served."""
            return str(models().serving(data_interval_start).url_of())

        # [START howto_operator_run_explainability]
        explain = RunMonitoringOperator(
            task_id="explain",
            monitoring_schedule_name=MONITORS["ModelExplainability"],
            monitoring_type="ModelExplainability",
            endpoint_name=S.endpoint,
            captured_data_uri=S.captures,
            headers=S.request.features,
            model_config={
                # On SageMaker the endpoint that serves; that of a retraining is there only while it is asked.
                **asked_at("{{ ti.xcom_pull(task_ids='model') }}", S.endpoint),
                "label_headers": [S.label.name],
            },
            baseline_uri=baseline_of("ModelExplainability"),
            output_uri=S.executions,
            on_no_data="skip",
            **SHAP,
            **judged("ModelExplainability"),
        )
        # [END howto_operator_run_explainability]
        model() >> explain
