"""A local SageMaker with a bucket, and the runtime that drives it."""

from __future__ import annotations

import io
import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow_model_monitor.contract.dataset_format import Csv
from airflow_model_monitor.contract.processing_job import ProcessingJobRequest
from airflow_model_monitor.runtimes.sagemaker_processing import SageMakerProcessing
from airflow_model_monitor.service.requests_data_quality import baseline_request, monitoring_request
from airflow_model_monitor.service.requests_merge import window_merge_request
from airflow_model_monitor.service.sagemaker_job import SageMakerJob
from airflow_model_monitor.service.windows import Window
from tests.local.traffic import captured
from tests.local_aws import BUCKET, REGION, ROLE, Client

OURS = f"123456789012.dkr.ecr.{REGION}.amazonaws.com/airflow-model-monitor:latest"
# CloudWatch takes nothing older than two weeks.
END = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
HOUR = END - timedelta(hours=1)
WINDOW = Window(HOUR, END)
#: Seconds that a slow job takes for a record.
SLOWLY = 0.5
SLOW_SCRIPT = f"""
import time
def preprocess_handler(record):
    time.sleep({SLOWLY})
    return {{"age": 1}}
"""
ROWS = "label,age\n" + "".join(f"{i % 2},{20 + i}\n" for i in range(40))


@dataclass
class World:
    """One test's place in the bucket of a local SageMaker.

    :param aws: the server
    :param baseline: folder of a baseline of ``ROWS``
    """

    aws: Client
    baseline: str = ""
    name: str = field(default_factory=lambda: f"test-{uuid.uuid4().hex[:12]}")

    @property
    def home(self) -> str:
        """Address of the place."""
        return f"s3://{BUCKET}/{self.name}"

    @property
    def options(self) -> dict[str, Any]:
        """What fsspec needs to open it."""
        client = {"region_name": self.aws.region}
        return {"key": "test", "secret": "test", "endpoint_url": self.aws.url, "client_kwargs": client}

    def runtime(self, *, image: str | None = None, clients: Any = None, **given: Any) -> SageMakerProcessing:
        """The runtime under test, with short delays."""
        job = SageMakerJob(role_arn=ROLE, image=image, **given.pop("job", {}))
        given = {"stream": io.StringIO(), "delay": 0.1, **given}
        return SageMakerProcessing(job, clients or self.aws, storage_options=self.options, **given)

    def put(self, key: str, body: str) -> str:
        """Store a text; returns its address."""
        self.aws.s3.put_object(Bucket=BUCKET, Key=f"{self.name}/{key}", Body=body.encode())
        return f"{self.home}/{key}"

    def keys(self, prefix: str) -> list[str]:
        """Names below a prefix."""
        prefix = f"{self.name}/{prefix}"
        found = self.aws.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
        return [one["Key"].removeprefix(prefix) for one in found]

    def read(self, key: str) -> Any:
        """A JSON document."""
        return json.loads(self.aws.s3.get_object(Bucket=BUCKET, Key=f"{self.name}/{key}")["Body"].read())

    def baseline_request(self, **arguments: Any) -> ProcessingJobRequest:
        """The request for a baseline of ``ROWS``."""
        dataset = self.put("train/data.csv", arguments.pop("rows", ROWS))
        given = {"dataset_format": Csv(header=True), "output_uri": f"{self.home}/baseline", **arguments}
        return baseline_request(dataset=dataset, **given)

    def capture(self, values: list[str], hour: datetime = HOUR) -> None:
        """Traffic in an hour."""
        body = captured(values, ["1", "0"] * (len(values) // 2), hour)
        self.put(f"capture/churn/AllTraffic/{hour:%Y/%m/%d/%H}/00-00-000-x.jsonl", body)

    def label(self, numbers: range) -> None:
        """Labels of that traffic."""
        records = [
            {
                "groundTruthData": {"data": str(number % 2), "encoding": "CSV"},
                "eventMetadata": {"eventId": f"{HOUR:%Y%m%d%H}-{number}"},
                "eventVersion": "0",
            }
            for number in numbers
        ]
        self.put(f"labels/{HOUR:%Y/%m/%d/%H}/labels.jsonl", "".join(f"{json.dumps(one)}\n" for one in records))

    def monitoring(self, **arguments: Any) -> ProcessingJobRequest:
        """The request for an execution over ``HOUR``."""
        given: dict[str, Any] = {
            "monitor": "hourly",
            "window": WINDOW,
            "endpoint": "churn",
            "captured_data_uri": f"{self.home}/capture",
            "output_uri": f"{self.home}/out",
            "baseline_constraints": f"{self.baseline}/constraints.json",
            "baseline_statistics": f"{self.baseline}/statistics.json",
            **arguments,
        }
        return monitoring_request(**given)

    def merge(self, **arguments: Any) -> ProcessingJobRequest:
        """The request for a merge of ``HOUR``."""
        given: dict[str, Any] = {
            "monitor": "hourly",
            "window": WINDOW,
            "endpoint": "churn",
            "captured_data_uri": f"{self.home}/capture",
            "ground_truth_uri": f"{self.home}/labels",
            "output_uri": f"{self.home}/out",
            **arguments,
        }
        return window_merge_request(**given)

    def write_slow_traffic(self, records: int) -> None:
        """Traffic in ``HOUR``, and a script that makes reading it take ``records * SLOWLY`` seconds."""
        self.capture([str(20 + number) for number in range(records)])
        self.put(
            "slow.py",
            f"import time\ndef preprocess_handler(record):\n    time.sleep({SLOWLY})\n    return {{'age': 1}}\n",
        )
        self.put("baseline/constraints.json", '{"version": 0.0, "features": []}')

    def slow_request(self, **arguments: Any) -> ProcessingJobRequest:
        """The request for an execution over that traffic."""
        given: dict[str, Any] = {
            "baseline_constraints": f"{self.home}/baseline/constraints.json",
            "baseline_statistics": None,
            "record_preprocessor_script": f"{self.home}/slow.py",
            **arguments,
        }
        return self.monitoring(**given)

    @property
    def jobs(self) -> list[dict[str, Any]]:
        """This test's processing jobs, oldest first, as DescribeProcessingJob has them."""
        sagemaker = self.aws.sagemaker
        found = sagemaker.list_processing_jobs(SortBy="CreationTime", SortOrder="Ascending", MaxResults=100)
        names = [one["ProcessingJobName"] for one in found["ProcessingJobSummaries"]]
        described = [sagemaker.describe_processing_job(ProcessingJobName=name) for name in names]
        return [one for one in described if f"/{self.name}/" in json.dumps(one["ProcessingOutputConfig"])]
