"""Alarms are made, renewed, waited for and deleted in a CloudWatch on this machine."""

from __future__ import annotations

import json
import logging
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG

from airflow_model_monitor._compat import AirflowFailException
from airflow_model_monitor.operators.create_drift_alarm import CreateDriftAlarmOperator
from airflow_model_monitor.operators.delete_drift_alarm import DeleteDriftAlarmOperator
from airflow_model_monitor.sensors.drift_alarm import DriftAlarmSensor
from tests.airflow.cloud import aws  # noqa: F401  a fixture
from tests.airflow.outcomes import states, xcom
from tests.airflow.rescheduled import rescheduled

TOPIC = "arn:aws:sns:eu-west-1:123456789012:drift"
NAMESPACE = "aws/sagemaker/Endpoints/data-metrics"
CONFIG = {
    "evaluate_constraints": "Enabled",
    "emit_metrics": "Enabled",
    "distribution_constraints": {"perform_comparison": "Enabled", "comparison_threshold": 0.2},
}


@pytest.fixture
def schedule() -> str:
    return f"churn-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def cloudwatch(aws: Callable[[str], Any]) -> Any:  # noqa: F811
    return aws("cloudwatch")


def baseline(folder: Path, *names: str) -> str:
    features = [{"name": name, "inferred_type": "Integral", "completeness": 1.0} for name in names]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "constraints.json").write_text(
        json.dumps({"version": 0.0, "features": features, "monitoring_config": CONFIG})
    )
    return str(folder)


def create(schedule: str, **changed: Any) -> CreateDriftAlarmOperator:
    arguments: dict[str, Any] = {
        "task_id": "create",
        "monitoring_schedule_name": schedule,
        "endpoint_name": "churn-endpoint",
        "aws_conn_id": "cloud",
        "alarm_actions": [TOPIC],
    }
    return CreateDriftAlarmOperator(**{**arguments, **changed})


def alarms(cloudwatch: Any, schedule: str) -> dict[str, dict[str, Any]]:
    found = cloudwatch.describe_alarms(AlarmNamePrefix=schedule, AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    return {one["AlarmName"]: one for one in [*found["MetricAlarms"], *found["CompositeAlarms"]]}


def publish(cloudwatch: Any, schedule: str, name: str, **dimensions: str) -> None:
    stated = {"Endpoint": "churn-endpoint", "MonitoringSchedule": schedule, **dimensions}
    data = {
        "MetricName": name,
        "Value": 0.5,
        "Dimensions": [{"Name": key, "Value": value} for key, value in stated.items()],
    }
    cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=[data])


def test_one_feature_one_alarm(cloudwatch: Any, schedule: str) -> None:
    result = create(schedule, features=["age"], threshold=0.1, tags={"team": "churn"}).execute({})

    (alarm,) = alarms(cloudwatch, schedule).values()
    assert result["alarm_name"] == alarm["AlarmName"] == f"{schedule}-drift"
    assert (alarm["MetricName"], alarm["Namespace"]) == ("feature_baseline_drift_age", NAMESPACE)
    assert {one["Name"]: one["Value"] for one in alarm["Dimensions"]} == {
        "Endpoint": "churn-endpoint",
        "MonitoringSchedule": schedule,
    }
    assert (alarm["Threshold"], alarm["Statistic"], alarm["AlarmActions"]) == (0.1, "Maximum", [TOPIC])


def test_a_baselines_features_get_an_alarm_each_and_one_above_them(
    cloudwatch: Any, schedule: str, tmp_path: Path
) -> None:
    uri = baseline(tmp_path, "age", "fee")

    result = create(schedule, baseline_uri=uri).execute({})

    found = alarms(cloudwatch, schedule)
    top = f"{schedule}-drift"
    children = [f"{top}/feature_baseline_drift_age", f"{top}/feature_baseline_drift_fee"]
    assert result["alarm_names"] == [*children, top]
    assert set(found) == set(result["alarm_names"])
    assert found[top]["AlarmRule"] == " OR ".join(f'ALARM("{name}")' for name in children)
    assert found[top]["AlarmActions"] == [TOPIC]
    assert [found[name]["AlarmActions"] for name in children] == [[], []]
    assert {found[name]["Threshold"] for name in children} == {0.2}


def test_run_again_it_changes_what_is_there_and_clears_what_is_wanted_no_more(
    cloudwatch: Any, schedule: str, tmp_path: Path
) -> None:
    first = create(schedule, baseline_uri=baseline(tmp_path, "age", "fee", "plan"), tags={"team": "a"})
    once, twice = first.execute({}), first.execute({})
    less = create(schedule, baseline_uri=baseline(tmp_path, "age", "fee"), tags={"team": "b"}).execute({})
    alone = create(schedule, baseline_uri=baseline(tmp_path, "age")).execute({})

    top = f"{schedule}-drift"
    assert twice == once
    assert less["deleted"] == [f"{top}/feature_baseline_drift_plan"]
    assert sorted(alone["deleted"]) == [f"{top}/feature_baseline_drift_age", f"{top}/feature_baseline_drift_fee"]
    (left,) = alarms(cloudwatch, schedule).values()
    assert (left["AlarmName"], left["MetricName"]) == (top, "feature_baseline_drift_age")


def test_tags_of_an_alarm_that_is_there_are_renewed(cloudwatch: Any, schedule: str) -> None:
    for team in ("a", "b"):
        create(schedule, features=["age"], threshold=0.1, tags={"team": team}).execute({})

    (alarm,) = alarms(cloudwatch, schedule).values()
    tags = cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]
    assert tags == [{"Key": "team", "Value": "b"}]


def test_a_hundred_and_one_features_are_grouped_and_deleted(cloudwatch: Any, schedule: str, tmp_path: Path) -> None:
    uri = baseline(tmp_path, *(f"f{number}" for number in range(101)))

    result = create(schedule, baseline_uri=uri).execute({})
    made = set(alarms(cloudwatch, schedule))
    deleted = DeleteDriftAlarmOperator(task_id="delete", alarm_name=result["alarm_name"], aws_conn_id="cloud").execute(
        {}
    )

    assert len(result["alarm_names"]) == 104
    assert made == set(result["alarm_names"]) == set(deleted)
    assert deleted[0] == result["alarm_name"]
    assert alarms(cloudwatch, schedule) == {}


def test_deleting_nothing_is_no_error(cloudwatch: Any, schedule: str) -> None:
    assert DeleteDriftAlarmOperator(task_id="d", alarm_name=schedule, aws_conn_id="cloud").execute({}) == []


def test_a_metric_that_is_listed_is_no_matter(cloudwatch: Any, schedule: str) -> None:
    publish(cloudwatch, schedule, "feature_baseline_drift_age")

    operator = create(schedule, features=["age"], threshold=0.1, check_metrics="fail")

    assert operator.execute({})["unknown_metrics"] == []


@pytest.mark.parametrize(
    ("published", "feature", "near"),
    [
        ({"name": "feature_baseline_drift_age"}, "agee", "there is feature_baseline_drift_age"),
        ({"name": "feature_baseline_drift_age", "Feature": "age"}, "age", r"there is .*Feature=age"),
    ],
)
def test_a_near_miss_is_named(
    cloudwatch: Any, schedule: str, published: dict[str, str], feature: str, near: str
) -> None:
    publish(cloudwatch, schedule, **published)

    with pytest.raises(AirflowFailException, match=near):
        create(schedule, features=[feature], threshold=0.1, check_metrics="fail").execute({})
    assert alarms(cloudwatch, schedule) == {}

    (unknown,) = create(schedule, features=[feature], threshold=0.1).execute({})["unknown_metrics"]
    assert "is not there" in unknown
    assert len(alarms(cloudwatch, schedule)) == 1


def test_another_schedule_is_named_where_this_one_has_no_metrics(cloudwatch: Any, schedule: str) -> None:
    publish(cloudwatch, f"{schedule}-hourly", "feature_baseline_drift_age")

    with pytest.raises(AirflowFailException, match=f"there is MonitoringSchedule={schedule}-hourly"):
        create(schedule, features=["age"], threshold=0.1, check_metrics="fail").execute({})


@pytest.mark.parametrize(
    ("changed", "metric", "comparison", "statistic"),
    [
        ({"checks": ["completeness_check"], "features": ["age"]}, "feature_non_null_age", "LessThan", "Minimum"),
        ({"monitoring_type": "ModelQuality", "metric_names": ["f1"]}, "f1", "LessThan", "Minimum"),
        ({"monitoring_type": "ModelQuality", "metric_names": ["rmse"]}, "rmse", "GreaterThan", "Maximum"),
        (
            {
                "monitoring_type": "ModelExplainability",
                "features": ["age"],
                "dimensions": {"Label": "label0"},
            },
            "feature_age",
            "GreaterThan",
            "Maximum",
        ),
    ],
)
def test_each_monitors_metrics(
    cloudwatch: Any, schedule: str, changed: dict[str, Any], metric: str, comparison: str, statistic: str
) -> None:
    create(schedule, threshold=0.5, **changed).execute({})

    (alarm,) = alarms(cloudwatch, schedule).values()
    assert alarm["MetricName"] == metric
    assert (alarm["ComparisonOperator"], alarm["Statistic"]) == (f"{comparison}Threshold", statistic)


def test_bias_takes_its_dimensions_from_the_baseline(cloudwatch: Any, schedule: str, tmp_path: Path) -> None:
    metric = {"name": "DPL", "description": "DPL", "value": -0.2}
    group = {"value_or_threshold": "1", "metrics": [metric]}
    section = {"label": "y", "facets": {"sex": [group]}, "label_value_or_threshold": "1"}
    (tmp_path / "analysis.json").write_text(json.dumps({"version": "1.0", "post_training_bias_metrics": section}))

    result = create(schedule, monitoring_type="ModelBias", baseline_uri=str(tmp_path)).execute({})

    above, below = (alarms(cloudwatch, schedule)[name] for name in result["alarm_names"][:2])
    assert (above["Threshold"], above["ComparisonOperator"]) == (0.2, "GreaterThanThreshold")
    assert (below["Threshold"], below["ComparisonOperator"]) == (-0.2, "LessThanThreshold")
    assert {one["Name"] for one in above["Dimensions"]} == {
        "Endpoint",
        "MonitoringSchedule",
        "BiasStage",
        "Label",
        "LabelValue",
        "Facet",
        "FacetValue",
    }


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"endpoint_name": None}, "Endpoint missing.*Give endpoint_name"),
        ({"monitoring_schedule_name": None}, "MonitoringSchedule missing.*Give monitoring_schedule_name"),
        ({"endpoint_name": None, "dimensions": {"MonitoringSchedule": "churn"}}, "Endpoint missing"),
        ({"dimensions": {"Endpoint": "another"}}, "contradicts"),
        ({"batch_transform": True}, "no such dimension"),
        ({"monitoring_type": "ModelBias", "features": None, "metric_names": ["bias_metric_DPL"]}, "BiasStage"),
        ({"monitoring_type": "ModelDrift"}, "monitoring_type='ModelDrift'"),
        ({"features": None}, "give what it is for"),
        ({"features": "age"}, "expected a list of texts"),
        ({"threshold": None}, "baseline_uri=None"),
        ({"threshold": None, "baseline_uri": "b", "comparison_operator": "LessThanThreshold"}, "baseline says both"),
        ({"checks": ["drift"]}, "checks='drift'"),
        ({"checks": ["baseline_drift_check", "completeness_check"]}, "one threshold fits one check"),
        ({"monitoring_type": "ModelQuality"}, "no metrics of features"),
        ({"check_metrics": True}, "check_metrics=True"),
        ({"period": 90}, "period: 90"),
        ({"comparison_operator": ">"}, "comparison_operator='>'"),
    ],
)
def test_refuses_while_the_dag_is_parsed(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        create("churn", **{"features": ["age"], "threshold": 0.1, **changed})


def test_explainability_has_no_threshold_in_a_baseline() -> None:
    with pytest.raises(ValueError, match="NDCG"):
        create("churn", monitoring_type="ModelExplainability", baseline_uri="b", dimensions={"Label": "label0"})


def sense(schedule: str, **changed: Any) -> DriftAlarmSensor:
    arguments = {"task_id": "sense", "alarm_name": f"{schedule}-drift", "aws_conn_id": "cloud", "poke_interval": 0.2}
    return DriftAlarmSensor(**{**arguments, "timeout": 30, **changed})


@pytest.mark.parametrize(
    "how", [{"deferrable": True}, {"deferrable": False}, pytest.param({"mode": "reschedule"}, marks=rescheduled)]
)
def test_waits_for_the_alarm_and_tells_about_it(
    cloudwatch: Any, schedule: str, run_dag: Callable[..., Any], how: dict[str, Any]
) -> None:
    create(schedule, features=["age"], threshold=0.1).execute({})
    name = f"{schedule}-drift"
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="quiet")
    later = threading.Timer(
        1.5, cloudwatch.set_alarm_state, (), {"AlarmName": name, "StateValue": "ALARM", "StateReason": "drift"}
    )
    with DAG(f"wait-{schedule}", schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC)) as dag:
        sense(schedule, **how)
    later.start()

    run = run_dag(dag)
    later.join()

    told = xcom(run, "sense")
    assert states(run)["sense"][0] == "success"
    assert (told["state"], told["reason"], told["metric"]) == ("ALARM", "drift", "feature_baseline_drift_age")
    assert told["dimensions"]["MonitoringSchedule"] == schedule


def test_an_old_alarm_does_not_count_after_an_instant(cloudwatch: Any, schedule: str) -> None:
    create(schedule, features=["age"], threshold=0.1).execute({})
    cloudwatch.set_alarm_state(AlarmName=f"{schedule}-drift", StateValue="ALARM", StateReason="drift")

    assert sense(schedule).poke({}).is_done
    assert not sense(schedule, changed_after="2100-01-01T00:00:00Z").poke({}).is_done


def test_an_instant_without_a_time_zone_is_refused(schedule: str) -> None:
    with pytest.raises(AirflowFailException, match="has no time zone"):
        sense(schedule, changed_after="2026-01-02T03:00:00").poke({})


def test_a_list_that_was_rendered_to_a_text_is_refused(schedule: str) -> None:
    operator = create(schedule, features="{{ params.features }}", threshold=0.1)
    operator.features = "['age', 'fee']"

    with pytest.raises(ValueError, match=r"features=.*expected a list of texts"):
        operator.execute({})


def test_an_alarm_that_is_not_there_fails_at_once(cloudwatch: Any, schedule: str) -> None:
    with pytest.raises(AirflowFailException, match="there is no such alarm"):
        sense(schedule).poke({})


@pytest.mark.parametrize(
    ("dimensions", "hint"),
    [
        ({"MonitoringSchedule": "churn"}, "It has no dimension Endpoint.*never have data"),
        ({"MonitoringSchedule": "churn", "Endpoint": "churn-endpoint"}, "no execution has published any yet"),
    ],
)
def test_an_alarm_without_data_is_explained(
    cloudwatch: Any, schedule: str, dimensions: dict[str, str], hint: str, caplog: pytest.LogCaptureFixture
) -> None:
    # As people make them by hand.
    name = f"{schedule}-drift"
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        MetricName="feature_baseline_drift_age",
        Namespace=NAMESPACE,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        Statistic="Maximum",
        Period=3600,
        EvaluationPeriods=1,
        Threshold=0.1,
        ComparisonOperator="GreaterThanThreshold",
    )
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="INSUFFICIENT_DATA", StateReason="new")

    with caplog.at_level(logging.WARNING):
        assert not sense(schedule).poke({}).is_done
    with pytest.raises(AirflowFailException, match=hint):
        sense(schedule, on_insufficient_data="fail").poke({})
