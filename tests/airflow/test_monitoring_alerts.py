"""Alerts of SageMaker's dashboard: set by an operator, waited for by a sensor, on a local SageMaker."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from airflow.sdk import DAG

from airflow_model_monitor.operators.update_monitoring_alert import UpdateMonitoringAlertOperator
from airflow_model_monitor.sensors.monitoring_alert import MonitoringAlertSensor
from airflow_model_monitor.service.images import image_uri
from tests.airflow.outcomes import said, states, xcom
from tests.local_aws import BUCKET, REGION, ROLE, START, Client, local_aws
from tests.scripted_sagemaker import Call, Refusal, scripted

Run = Callable[..., Any]
SCHEDULE = "churn"
ALERT = "churn-alert"
BOTH_MODES = pytest.mark.parametrize("deferrable", [False, True], ids=["poke", "deferred"])


def schedule(client: Client) -> None:
    """Make an hourly schedule, whose endpoint has no traffic."""
    client.make_bucket()
    client.make_endpoint()
    sagemaker = client.sagemaker
    sagemaker.create_data_quality_job_definition(
        JobDefinitionName="churn-1",
        DataQualityAppSpecification={"ImageUri": image_uri(REGION)},
        DataQualityJobInput={
            "EndpointInput": {"EndpointName": "churn", "LocalPath": "/opt/ml/processing/input/endpoint"}
        },
        DataQualityJobOutputConfig={
            "MonitoringOutputs": [
                {"S3Output": {"S3Uri": f"s3://{BUCKET}/out", "LocalPath": "/opt/ml/processing/output"}}
            ]
        },
        JobResources={"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 20}},
        RoleArn=ROLE,
    )
    sagemaker.create_monitoring_schedule(
        MonitoringScheduleName=SCHEDULE,
        MonitoringScheduleConfig={
            "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
            "MonitoringJobDefinitionName": "churn-1",
            "MonitoringType": "DataQuality",
        },
    )


@pytest.fixture(scope="module")
def service() -> Iterator[Client]:
    """No execution yet."""
    with local_aws() as client:
        schedule(client)
        yield client


@pytest.fixture
def connection(service: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Airflow connection of the service."""
    extra = {"endpoint_url": service.url, "region_name": REGION}
    described = {"conn_type": "aws", "login": "test", "password": "test", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_SAGEMAKER", json.dumps(described))


@pytest.fixture
def run_task(connection: None, run_dag: Run, request: pytest.FixtureRequest) -> Run:
    def run(operator: type, **arguments: Any) -> Any:
        name = request.node.name.replace("[", "-").replace("]", "")
        with DAG(f"alert-{name}", schedule=None) as dag:
            operator(task_id="task", aws_conn_id="sagemaker", monitoring_schedule_name=SCHEDULE, **arguments)
        return run_dag(dag, logical_date=START)

    return run


def test_sets_an_alert_once(service: Client, run_task: Run) -> None:
    run = run_task(UpdateMonitoringAlertOperator, datapoints_to_alert=2, evaluation_period=5)
    result = xcom(run, "task")
    again = run_task(UpdateMonitoringAlertOperator, datapoints_to_alert=2, evaluation_period=5)

    (alert,) = service.sagemaker.list_monitoring_alerts(MonitoringScheduleName=SCHEDULE)["MonitoringAlertSummaries"]
    assert result["monitoring_alert_name"] == alert["MonitoringAlertName"]
    assert (result["datapoints_to_alert"], result["evaluation_period"]) == (2, 5)
    assert (alert["DatapointsToAlert"], alert["EvaluationPeriod"]) == (2, 5)
    assert xcom(again, "task")["changed"] == result["changed"]


def test_an_alert_of_another_name(run_task: Run, caplog: Any, capsys: Any) -> None:
    run = run_task(
        UpdateMonitoringAlertOperator,
        datapoints_to_alert=1,
        evaluation_period=1,
        monitoring_alert_name="lamp",
        retries=2,
    )

    assert states(run) == {"task": ("failed", 1)}
    assert f"monitoring_alert_name='lamp': the alerts of '{SCHEDULE}' are '" in said(caplog.text, *capsys.readouterr())


@BOTH_MODES
def test_an_alert_that_is_as_it_should_be(run_task: Run, deferrable: bool) -> None:
    run = run_task(MonitoringAlertSensor, status="OK", deferrable=deferrable, poke_interval=0.1, timeout=20)

    assert xcom(run, "task")["status"] == "OK"


@BOTH_MODES
def test_an_alert_that_is_raised_after_a_while(
    run_task: Run, deferrable: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert = {
        "MonitoringAlertName": ALERT,
        "CreationTime": START,
        "LastModifiedTime": START,
        "AlertStatus": "OK",
        "DatapointsToAlert": 1,
        "EvaluationPeriod": 1,
        "Actions": {},
    }

    def play(call: Call) -> None:
        if len(sagemaker.calls) in (2, 3):
            raise Refusal("ThrottlingException", "Rate exceeded")
        if len(sagemaker.calls) == 4:
            alert["AlertStatus"] = "InAlert"

    with scripted() as sagemaker:
        no_retries = {"retries": {"mode": "standard", "total_max_attempts": 1}}
        monkeypatch.setenv("AIRFLOW_CONN_SAGEMAKER", sagemaker.connection(config_kwargs=no_retries))
        sagemaker.alerts[SCHEDULE] = [alert]
        sagemaker.before = play

        run = run_task(MonitoringAlertSensor, deferrable=deferrable, poke_interval=0.1, timeout=30)

    assert xcom(run, "task")["status"] == "InAlert"


def test_an_alert_that_stays_as_it_is_times_out(run_task: Run) -> None:
    run = run_task(MonitoringAlertSensor, poke_interval=0.1, timeout=0.3)

    assert states(run)["task"][0] == "failed"


@BOTH_MODES
def test_no_such_alert(run_task: Run, deferrable: bool) -> None:
    run = run_task(MonitoringAlertSensor, monitoring_alert_name="lamp", deferrable=deferrable, retries=2)

    assert states(run) == {"task": ("failed", 1)}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"datapoints_to_alert": 3, "evaluation_period": 2}, "evaluation_period, which is 2"),
        ({"datapoints_to_alert": 0, "evaluation_period": 2}, "datapoints_to_alert"),
        ({"datapoints_to_alert": 1, "evaluation_period": 101}, "evaluation_period"),
    ],
)
def test_refuses_numbers_while_the_dag_is_parsed(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        UpdateMonitoringAlertOperator(task_id="task", monitoring_schedule_name=SCHEDULE, **arguments)
