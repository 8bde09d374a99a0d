"""The calls of SageMaker's API that are about job definitions; they never change once made."""

from __future__ import annotations

from datetime import datetime

from airflow_model_monitor.service.api_call import ApiCall
from airflow_model_monitor.service.job_definition import JobDefinition
from airflow_model_monitor.service.job_definition_limits import check_definition
from airflow_model_monitor.service.job_name import checked_name
from airflow_model_monitor.service.list_call import SortOrder, list_call
from airflow_model_monitor.service.monitor_kind import kind_of


def create_definition(definition: JobDefinition) -> ApiCall:
    """``Create{monitoring_type}JobDefinition``.

    :raises ValueError: SageMaker would refuse it
    """
    check_definition(definition)
    return ApiCall(definition.kind.action("Create"), definition.to_api())


def describe_definition(monitoring_type: str, name: str) -> ApiCall:
    """``Describe{monitoring_type}JobDefinition``; the answer is what ``JobDefinition.from_api`` reads.

    :raises ValueError: no monitor or no name
    """
    return ApiCall(kind_of(monitoring_type).action("Describe"), {"JobDefinitionName": checked_name("name", name)})


def delete_definition(monitoring_type: str, name: str) -> ApiCall:
    """``Delete{monitoring_type}JobDefinition``; SageMaker refuses while a schedule still uses it.

    :raises ValueError: no monitor or no name
    """
    return ApiCall(kind_of(monitoring_type).action("Delete"), {"JobDefinitionName": checked_name("name", name)})


def list_definitions(
    monitoring_type: str,
    *,
    endpoint: str | None = None,
    name_contains: str | None = None,
    created_after: datetime | None = None,
    created_before: datetime | None = None,
    sort_by: str | None = None,
    sort_order: SortOrder | None = None,
    max_results: int | None = 100,
    next_token: str | None = None,
) -> ApiCall:
    """One page of ``List{monitoring_type}JobDefinitions``, newest first unless told otherwise.

    :raises ValueError: SageMaker would refuse it
    """
    return list_call(
        kind_of(monitoring_type).list_action,
        endpoint=endpoint,
        name_contains=name_contains,
        created_after=created_after,
        created_before=created_before,
        sort_by=sort_by,
        sort_order=sort_order,
        max_results=max_results,
        next_token=next_token,
    )
