"""Addresses in AWS's console, in every partition."""

from __future__ import annotations

import pytest
from botocore.session import Session

from airflow_model_monitor.links.console_domain import console_domain, console_url, partition_of


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("us-west-2", "https://us-west-2.console.aws.amazon.com/sagemaker/home?region=us-west-2#/processing-jobs/x"),
        ("cn-north-1", "https://cn-north-1.console.amazonaws.cn/sagemaker/home?region=cn-north-1#/processing-jobs/x"),
        (
            "us-gov-west-1",
            "https://us-gov-west-1.console.amazonaws-us-gov.com/sagemaker/home?region=us-gov-west-1#/processing-jobs/x",
        ),
    ],
)
def test_an_address_names_its_region_and_partition(region, expected):
    assert console_url(region, "sagemaker/home#/processing-jobs/x") == expected


def test_an_unknown_partition_or_region_has_no_address():
    assert console_domain("aws-mars") is None
    assert console_url("us-west-2", "sagemaker/home", partition="aws-mars") == ""
    assert console_url("", "sagemaker/home") == ""


def test_regions_are_placed_as_botocore_places_them():
    session = Session()
    for partition in ("aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b"):
        for region in session.get_available_regions("ec2", partition_name=partition):
            assert partition_of(region) == partition, region
