"""What SageMaker accepts as a job definition, named or inline (service model 2017-07-24, developer guide)."""

from __future__ import annotations

from typing import Final

from airflow_model_monitor.contract.problem_type import PROBLEM_TYPES
from airflow_model_monitor.service.job_definition import JobDefinition
from airflow_model_monitor.service.job_name import checked_name
from airflow_model_monitor.service.limit_checks import (
    check_address,
    check_cluster,
    check_command,
    check_environment,
    check_image,
    check_key,
    check_local_path,
    check_network,
    check_number,
    check_one_of,
    check_role,
    check_tags,
    check_text,
)
from airflow_model_monitor.service.monitoring_input import EndpointInput, MonitoringInput
from airflow_model_monitor.service.run_time_cap import LONGEST
from airflow_model_monitor.service.schedule_config import check_window

_MOST_VARIABLES: Final = 50
_SHORT_ADDRESS: Final = 512
"""Longest address of what is captured, labelled and written; others may have 1024 characters."""
_ADDRESSES: Final = (
    "record_preprocessor_script",
    "post_analytics_processor_script",
    "config_uri",
    "baseline_constraints",
    "baseline_statistics",
)


def check_definition(definition: JobDefinition, *, inline: bool = False) -> None:
    """Raise unless SageMaker would accept the definition.

    :param inline: whether it stands in its schedule, and so has no name
    :raises ValueError: naming the argument, its value, what is allowed, and what to do
    """
    if not inline:
        checked_name("name", definition.name or "")
    check_image(definition.image_uri)
    check_role(definition.role_arn)
    check_cluster(definition.cluster)
    check_network(definition.network)
    check_tags(definition.tags)
    check_command("container_entrypoint", definition.container_entrypoint, 100)
    check_command("container_arguments", definition.container_arguments, 50)
    # The switch of the metrics is a variable too.
    published = definition.publish_cloudwatch_metrics is not None
    check_environment(definition.environment, _MOST_VARIABLES - published)
    for argument in _ADDRESSES:
        value = getattr(definition, argument)
        if value is not None:
            check_address(argument, value)
    if definition.problem_type is not None:
        check_one_of("problem_type", definition.problem_type, PROBLEM_TYPES)
    if definition.ground_truth_uri is not None:
        check_address("ground_truth_uri", definition.ground_truth_uri, _SHORT_ADDRESS)
    if definition.baselining_job_name is not None:
        checked_name("baselining_job_name", definition.baselining_job_name)
    if definition.max_runtime_in_seconds is not None:
        check_number("max_runtime_in_seconds", definition.max_runtime_in_seconds, 1, LONGEST)
    _check_output(definition)
    _check_source(definition.source)


def _check_output(definition: JobDefinition) -> None:
    check_address("output_uri", definition.output_uri, _SHORT_ADDRESS)
    check_local_path("output_local_path", definition.output_local_path)
    if definition.output_upload_mode is not None:
        check_one_of("output_upload_mode", definition.output_upload_mode, ("Continuous", "EndOfJob"))
    check_key("output_kms_key", definition.output_kms_key)


def _check_source(source: MonitoringInput) -> None:
    if isinstance(source, EndpointInput):
        checked_name("endpoint", source.endpoint)
    else:
        check_address("captured_data_uri", source.captured_data_uri, _SHORT_ADDRESS)
    check_local_path("local_path", source.local_path)
    if source.input_mode is not None:
        check_one_of("input_mode", source.input_mode, ("File", "Pipe"))
    if source.distribution_type is not None:
        check_one_of("distribution_type", source.distribution_type, ("FullyReplicated", "ShardedByS3Key"))
    if source.probability_threshold is not None:
        check_number("probability_threshold", source.probability_threshold, 0.0, 1.0, "e.g. 0.5")
    if source.exclude_features_attribute is not None:
        check_text("exclude_features_attribute", source.exclude_features_attribute, 0, 100)
    check_window({"start_time_offset": source.start_time_offset, "end_time_offset": source.end_time_offset})
