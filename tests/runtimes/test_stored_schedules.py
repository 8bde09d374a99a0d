"""A schedule's life in a folder: made, made again, changed, stopped, deleted; documents as SageMaker's API has them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest

from airflow_model_monitor.contract.dataset_format import Csv
from airflow_model_monitor.contract.processing_job import ProcessingCluster
from airflow_model_monitor.runtimes.schedule_api import AlreadyThereError, KeptSchedule, NotThereError
from airflow_model_monitor.runtimes.schedule_lifecycle import (
    MonitoringScheduleFailedError,
    ScheduleLifecycle,
    WantedSchedule,
)
from airflow_model_monitor.runtimes.settling import Settling
from airflow_model_monitor.runtimes.stored_schedules import StoredSchedules
from airflow_model_monitor.service.job_definition import JobDefinition
from airflow_model_monitor.service.monitor_kind import MONITORING_TYPES, MonitoringType
from airflow_model_monitor.service.monitoring_input import BatchTransformInput, EndpointInput
from airflow_model_monitor.service.schedule_config import HOURLY, ScheduleConfig
from airflow_model_monitor.service.schedule_store import Document, ScheduleStore

NAME = "churn-monitor"
MADE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
NEEDED: dict[MonitoringType, dict[str, Any]] = {
    "DataQuality": {"baseline_statistics": "/base/statistics.json"},
    "ModelQuality": {"ground_truth_uri": "/labels", "problem_type": "Regression"},
    "ModelBias": {"ground_truth_uri": "/labels", "config_uri": "/cfg/analysis_config.json"},
    "ModelExplainability": {"config_uri": "/cfg/analysis_config.json"},
}


def wanted(
    monitoring_type: MonitoringType = "DataQuality", timing: ScheduleConfig | None = HOURLY, **further: Any
) -> WantedSchedule:
    arguments = {
        "source": EndpointInput(endpoint="churn"),
        "output_uri": "/reports",
        "baseline_constraints": "/base/constraints.json",
        "environment": {"captured_data_uri": "/captures"},
        **NEEDED[monitoring_type],
        **further,
    }
    return WantedSchedule(JobDefinition(monitoring_type=monitoring_type, **arguments), timing)


@pytest.fixture
def store(tmp_path: Path) -> ScheduleStore:
    return ScheduleStore(str(tmp_path / "store"))


@pytest.fixture
def life(store: ScheduleStore) -> ScheduleLifecycle:
    return lifecycle(store)


def lifecycle(store: ScheduleStore, name: str = NAME) -> ScheduleLifecycle:
    settling = Settling(0, 3)
    return ScheduleLifecycle(StoredSchedules(store, now=lambda: MADE), name, settling=settling, log=lambda _: None)


def definitions(store: ScheduleStore) -> list[str]:
    return [name for kind in MONITORING_TYPES for name in store.definition_names(kind)]


def accepted(shape: str, document: Document) -> list[str]:
    """What is wrong with a document as the answer of an operation: members missing, unknown, or of another kind."""
    model = boto3.client("sagemaker", region_name="us-west-2").meta.service_model.shape_for(shape)
    return list(_differences(model, document, shape))


def _differences(model: Any, value: Any, path: str) -> Any:
    if model.type_name == "structure":
        yield from (f"{path}.{name} missing" for name in model.required_members if name not in value)
        for name, inner in value.items():
            if name not in model.members:
                yield f"{path}.{name} unknown"
            else:
                yield from _differences(model.members[name], inner, f"{path}.{name}")
    elif model.type_name == "list":
        for inner in value:
            yield from _differences(model.member, inner, path)
    elif model.type_name == "timestamp":
        datetime.fromisoformat(value)
    elif model.type_name == "string" and not isinstance(value, str):
        yield f"{path} is no text"


@pytest.mark.parametrize("monitoring_type", MONITORING_TYPES)
@pytest.mark.parametrize("batch", [False, True])
def test_the_documents_are_what_the_api_answers(
    monitoring_type: MonitoringType, batch: bool, store: ScheduleStore, life: ScheduleLifecycle
) -> None:
    source = BatchTransformInput(captured_data_uri="/captured", dataset_format=Csv()) if batch else None
    made = wanted(monitoring_type, cluster=ProcessingCluster(), role_arn="arn:aws:iam::111122223333:role/Monitor")
    if source is not None:
        made = made._replace(definition=dataclasses.replace(made.definition, source=source, environment={}))
    # Image and role are SageMaker's own requirements.
    made = made._replace(definition=dataclasses.replace(made.definition, image_uri="image"), tags={"team": "risk"})

    done = life.create(made)

    schedule = store.schedule(NAME)
    assert schedule is not None
    name = schedule["MonitoringScheduleConfig"]["MonitoringJobDefinitionName"]
    definition = store.definition(monitoring_type, name)
    assert definition is not None
    assert done.change == "created"
    assert schedule.pop("Tags") == [{"Key": "team", "Value": "risk"}]
    assert accepted("DescribeMonitoringScheduleResponse", schedule) == []
    assert accepted(f"Describe{monitoring_type}JobDefinitionResponse", definition) == []
    assert schedule["CreationTime"] == "2026-01-02T03:04:05Z"
    assert schedule.get("EndpointName") == (None if batch else "churn")


def test_made_twice_nothing_is_made_twice(store: ScheduleStore, life: ScheduleLifecycle) -> None:
    life.create(wanted())
    before = store.schedule(NAME)

    assert life.create(wanted()).change == "unchanged"
    assert store.schedule(NAME) == before
    assert len(definitions(store)) == 1


def test_a_change_replaces_the_definition_and_keeps_expression_status_and_creation(
    store: ScheduleStore, life: ScheduleLifecycle
) -> None:
    life.create(wanted())
    life.stop()
    [before] = definitions(store)

    done = life.create(wanted(timing=None, baseline_constraints="/new/constraints.json"))

    schedule = store.schedule(NAME)
    assert schedule is not None
    [after] = definitions(store)
    assert (done.change, after != before) == ("updated", True)
    assert schedule["MonitoringScheduleConfig"]["ScheduleConfig"] == {"ScheduleExpression": "cron(0 * ? * * *)"}
    assert (schedule["MonitoringScheduleStatus"], schedule["CreationTime"]) == ("Stopped", "2026-01-02T03:04:05Z")


@pytest.mark.parametrize(("if_exists", "change"), [("skip", "unchanged"), ("update", "updated")])
def test_what_happens_to_an_existing_schedule_is_chosen(
    if_exists: Any, change: str, store: ScheduleStore, life: ScheduleLifecycle
) -> None:
    life.create(wanted())

    assert life.create(wanted(output_uri="/elsewhere"), if_exists).change == change
    assert len(definitions(store)) == 1


def test_an_existing_schedule_may_be_a_failure(store: ScheduleStore, life: ScheduleLifecycle) -> None:
    life.create(wanted())

    with pytest.raises(AlreadyThereError, match="if_exists='update'"):
        life.create(wanted(output_uri="/elsewhere"), "fail")
    assert len(definitions(store)) == 1


def test_a_definition_that_another_schedule_uses_stays(store: ScheduleStore, life: ScheduleLifecycle) -> None:
    life.create(wanted())
    [shared] = definitions(store)
    store.change(
        "borrower", lambda _: {**(store.schedule(NAME) or {}), "MonitoringScheduleName": "borrower", "other": True}
    )

    life.delete()

    assert definitions(store) == [shared]
    lifecycle(store, "borrower").delete()
    assert (definitions(store), store.names()) == ([], ())


def test_what_a_killed_task_left_is_removed_by_the_next(store: ScheduleStore, life: ScheduleLifecycle) -> None:
    """Killed after the definition of a change was made, and before the schedule moved over to it."""
    life.create(wanted())
    StoredSchedules(store).create_definition(wanted(output_uri="/never").definition.named(NAME))
    lifecycle(store, "churn-monitor-2").create(wanted())

    life.create(wanted())

    assert len(definitions(store)) == 2
    assert life.update(lambda one: one, lambda timing: timing).change == "unchanged"


def test_deleted_twice_is_deleted(store: ScheduleStore, life: ScheduleLifecycle) -> None:
    life.create(wanted("ModelBias"))

    assert [life.delete().change, life.delete().change] == ["deleted", "unchanged"]
    assert definitions(store) == []


def test_a_delete_that_was_killed_half_way_is_finished(store: ScheduleStore, life: ScheduleLifecycle) -> None:
    life.create(wanted("ModelBias"))
    store.delete_schedule(NAME)

    life.delete()

    assert definitions(store) == []


def test_start_and_stop(life: ScheduleLifecycle, store: ScheduleStore) -> None:
    life.create(wanted())

    changes = [life.start().change, life.stop().change, life.stop().change, life.start().change]

    assert changes == ["unchanged", "stopped", "unchanged", "started"]
    assert (store.schedule(NAME) or {})["MonitoringScheduleStatus"] == "Scheduled"


@pytest.mark.parametrize(
    "act",
    [
        lambda life: life.start(),
        lambda life: life.stop(),
        lambda life: life.update(lambda one: one, lambda timing: timing),
    ],
)
def test_what_is_not_there_can_only_be_deleted(act: Callable[[Any], Any], life: ScheduleLifecycle) -> None:
    with pytest.raises(NotThereError, match="there is no monitoring schedule churn-monitor; create it first"):
        act(life)


def test_only_what_is_said_is_changed(store: ScheduleStore, life: ScheduleLifecycle) -> None:
    life.create(wanted("ModelQuality", cluster=ProcessingCluster(volume_size_gb=50), tags={"team": "risk"}))

    done = life.update(
        lambda one: dataclasses.replace(one, cluster=ProcessingCluster("ml.m5.4xlarge", 1, 50)), lambda timing: timing
    )

    [name] = definitions(store)
    changed = JobDefinition.from_api(store.definition("ModelQuality", name) or {})
    expected = wanted("ModelQuality", cluster=ProcessingCluster("ml.m5.4xlarge", 1, 50), tags={"team": "risk"})
    assert (done.change, dataclasses.replace(changed, name=None)) == ("updated", expected.definition)


def test_an_inline_definition_stands_in_its_schedule(store: ScheduleStore, life: ScheduleLifecycle) -> None:
    inline = wanted()._replace(inline=True)
    life.create(inline)
    life.create(inline)
    life.update(lambda one: dataclasses.replace(one, output_uri="/elsewhere"), lambda timing: timing)

    schedule = store.schedule(NAME)
    assert schedule is not None
    output = schedule["MonitoringScheduleConfig"]["MonitoringJobDefinition"]["MonitoringOutputConfig"]
    assert output["MonitoringOutputs"][0]["S3Output"]["S3Uri"] == "/elsewhere"
    assert definitions(store) == []
    life.create(wanted())
    assert (len(definitions(store)), life.delete().change) == (1, "deleted")


class Failing(StoredSchedules):
    """Accepts everything, and then fails it: what SageMaker does to a schedule whose endpoint is gone."""

    failing = True

    def describe_schedule(self, name: str) -> KeptSchedule | None:
        kept = super().describe_schedule(name)
        if kept is None or not self.failing:
            return kept
        return dataclasses.replace(kept, status="Failed", failure_reason="the endpoint is gone")


def test_one_that_fails_after_it_was_accepted_is_taken_back(store: ScheduleStore) -> None:
    life = ScheduleLifecycle(Failing(store), NAME, settling=Settling(0, 3), log=lambda _: None)

    with pytest.raises(MonitoringScheduleFailedError, match="could not be made: the endpoint is gone"):
        life.create(wanted())

    assert (store.names(), definitions(store)) == ((), [])


def test_one_that_has_failed_is_said_to_have_and_can_be_mended_and_deleted(store: ScheduleStore) -> None:
    lifecycle(store).create(wanted())
    api = Failing(store)
    life = ScheduleLifecycle(api, NAME, settling=Settling(0, 3), log=lambda _: None)

    with pytest.raises(MonitoringScheduleFailedError, match="was updated, and failed: the endpoint is gone"):
        life.create(wanted(output_uri="/elsewhere"))
    with pytest.raises(MonitoringScheduleFailedError, match="could not be stopped: the endpoint is gone"):
        life.stop()

    api.failing = False
    assert life.create(wanted(output_uri="/elsewhere")).change == "unchanged"
    assert len(definitions(store)) == 1
    api.failing = True
    assert (life.delete().change, definitions(store)) == ("deleted", [])
