from __future__ import annotations

import pytest

from airflow_model_monitor.service.images import image_uri, is_aws_image


@pytest.mark.parametrize(
    ("region", "image", "expected"),
    [
        ("us-west-2", "analyzer", "159807026194.dkr.ecr.us-west-2.amazonaws.com/sagemaker-model-monitor-analyzer"),
        ("cn-north-1", "analyzer", "453000072557.dkr.ecr.cn-north-1.amazonaws.com.cn/sagemaker-model-monitor-analyzer"),
        (
            "us-east-2",
            "groundtruth-merger",
            "777275614652.dkr.ecr.us-east-2.amazonaws.com/sagemaker-model-monitor-groundtruth-merger",
        ),
        (
            "us-gov-west-1",
            "clarify",
            "598674086554.dkr.ecr.us-gov-west-1.amazonaws.com/sagemaker-clarify-processing:1.0",
        ),
    ],
)
def test_addresses(region: str, image: str, expected: str) -> None:
    assert image_uri(region, image) == expected  # type: ignore[arg-type]


def test_a_mistyped_region_gets_a_hint() -> None:
    with pytest.raises(ValueError, match=r"'eu-west1'; did you mean 'eu-west-1'\?.*image_uri="):
        image_uri("eu-west1")


def test_a_region_without_clarify() -> None:
    with pytest.raises(ValueError, match=r"no sagemaker-clarify-processing:1\.0 image is known for 'eu-south-2'"):
        image_uri("eu-south-2", "clarify")


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("159807026194.dkr.ecr.us-west-2.amazonaws.com/sagemaker-model-monitor-analyzer", True),
        ("1.dkr.ecr.us-west-2.amazonaws.com/sagemaker-model-monitor-analyzer:latest", True),
        ("1.dkr.ecr.us-west-2.amazonaws.com/sagemaker-clarify-processing@sha256:0", True),
        ("1.dkr.ecr.us-west-2.amazonaws.com/airflow-model-monitor:0.1.0", False),
        ("airflow-model-monitor", False),
    ],
)
def test_aws_images_are_known(uri: str, expected: bool) -> None:
    assert is_aws_image(uri) is expected
