"""A model behind an endpoint whose traffic is captured, as each major of AWS's SDK deploys it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aws_sdk import MAJOR, DataCaptureConfig, Session

IMAGE = "123456789012.dkr.ecr.us-west-2.amazonaws.com/churn:1"


class Deployment:
    """An endpoint that is in service.

    :param name: of model and endpoint
    :param model_uri: where the model lies
    :param capture_uri: destination of data capture
    """

    def __init__(self, session: Session, name: str, *, role: str, model_uri: str, capture_uri: str) -> None:
        self.name, self.capture_uri, self._session = name, capture_uri, session
        deploy = _deploy_v2 if MAJOR == 2 else _deploy_v3
        self._deployed = deploy(session, name, role, model_uri, capture_uri)

    def ask(self, body: str) -> str:
        """One request through the SDK's own object."""
        if MAJOR == 2:
            answer = self._deployed.predict(body)
            return "\n".join(",".join(line) for line in answer)
        return self._deployed.invoke(body=body, content_type="text/csv", accept="text/csv").body.read().decode()

    def capture(self, on: bool) -> None:
        """Switch data capture off or on: a new configuration, and the endpoint updated to it."""
        client, config = self._session.sagemaker_client, f"{self.name}-{'on' if on else 'off'}"
        present = client.describe_endpoint_config(EndpointConfigName=self.name)
        client.create_endpoint_config(
            EndpointConfigName=config,
            ProductionVariants=present["ProductionVariants"],
            DataCaptureConfig={**present["DataCaptureConfig"], "EnableCapture": on},
        )
        client.update_endpoint(EndpointName=self.name, EndpointConfigName=config)
        client.get_waiter("endpoint_in_service").wait(EndpointName=self.name, WaiterConfig={"Delay": 1})

    def delete(self) -> None:
        """Take it back, as notebooks do at their end."""
        if MAJOR == 2:
            self._deployed.delete_model()
            self._deployed.delete_endpoint()
            return
        from sagemaker.core.resources import EndpointConfig, Model

        self._deployed.delete()
        EndpointConfig.get(self.name, session=self._session.boto_session).delete()
        Model.get(self.name, session=self._session.boto_session).delete()

    def ask_by_id(self, requests: Iterable[tuple[str, str]]) -> None:
        """Requests with an id each, by which labels are found later: ``(id, body)``."""
        client = self._session.sagemaker_runtime_client
        for inference_id, body in requests:
            client.invoke_endpoint(
                EndpointName=self.name, Body=body, ContentType="text/csv", Accept="text/csv", InferenceId=inference_id
            )


def _deploy_v2(session: Session, name: str, role: str, model_uri: str, capture_uri: str) -> Any:
    from sagemaker.deserializers import CSVDeserializer
    from sagemaker.model import Model
    from sagemaker.predictor import Predictor
    from sagemaker.serializers import CSVSerializer

    model = Model(
        image_uri=IMAGE, model_data=model_uri, role=role, name=name, sagemaker_session=session, predictor_cls=Predictor
    )
    predictor = model.deploy(
        initial_instance_count=1,
        instance_type="ml.m5.xlarge",
        endpoint_name=name,
        serializer=CSVSerializer(),
        deserializer=CSVDeserializer(),
        data_capture_config=DataCaptureConfig(
            enable_capture=True, sampling_percentage=100, destination_s3_uri=capture_uri, sagemaker_session=session
        ),
        # It would look every 30 seconds.
        wait=False,
    )
    session.sagemaker_client.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig={"Delay": 1})
    return predictor


def _deploy_v3(session: Session, name: str, role: str, model_uri: str, capture_uri: str) -> Any:
    from sagemaker.core.resources import Endpoint, EndpointConfig, Model
    from sagemaker.core.shapes import (
        CaptureContentTypeHeader,
        CaptureOption,
        ContainerDefinition,
        ProductionVariant,
    )
    from sagemaker.core.shapes import DataCaptureConfig as DataCaptureShape

    boto_session = session.boto_session
    Model.create(
        model_name=name,
        primary_container=ContainerDefinition(image=IMAGE, model_data_url=model_uri),
        execution_role_arn=role,
        session=boto_session,
    )
    EndpointConfig.create(
        endpoint_config_name=name,
        production_variants=[
            ProductionVariant(
                variant_name="AllTraffic", model_name=name, initial_instance_count=1, instance_type="ml.m5.xlarge"
            )
        ],
        data_capture_config=DataCaptureShape(
            enable_capture=True,
            initial_sampling_percentage=100,
            destination_s3_uri=capture_uri,
            capture_options=[CaptureOption(capture_mode="Input"), CaptureOption(capture_mode="Output")],
            capture_content_type_header=CaptureContentTypeHeader(csv_content_types=["text/csv"]),
        ),
        session=boto_session,
    )
    endpoint = Endpoint.create(endpoint_name=name, endpoint_config_name=name, session=boto_session)
    endpoint.wait_for_status("InService")
    return endpoint
