"""Topics and subscriptions. Of moto: ``sns_backends``, ``Topic``, ``Subscription`` and their attributes named below,
and ``SNSBackend.set_subscription_attributes``.
"""

from __future__ import annotations

from typing import Any, Final

from airflow_model_monitor.local.journal import Journal
from airflow_model_monitor.local.kept.difference import Difference

_NOT_SETTINGS: Final = ("sns_backend", "sent_notifications")


class Topics:
    """All topics of all accounts and regions, with their subscriptions."""

    def __init__(self, journal: Journal) -> None:
        self._topics = Difference(journal, "sns-topics")
        self._subscriptions = Difference(journal, "sns-subscriptions")

    def keep(self) -> None:
        """Bring the journal to what there is."""
        from moto.sns.models import sns_backends

        topics: dict[str, Any] = {}
        subscriptions: dict[str, Any] = {}
        for account, regions in list(sns_backends.items()):
            for region, backend in list(regions.items()):
                for arn, topic in list(backend.topics.items()):
                    settings = {name: value for name, value in vars(topic).items() if name not in _NOT_SETTINGS}
                    topics[arn] = {"account": account, "region": region, "settings": settings}
                for arn, one in list(backend.subscriptions.items()):
                    _mend(one)
                    subscriptions[arn] = {
                        "account": account,
                        "region": region,
                        "topic": one.topic.arn,
                        "endpoint": one.endpoint,
                        "protocol": one.protocol,
                        "confirmed": one.confirmed,
                        "attributes": dict(one.attributes),
                    }
        self._topics.bring(topics)
        self._subscriptions.bring(subscriptions)

    def restore(self) -> None:
        """Make the topics and subscriptions that were kept."""
        if not self._topics.items():
            return
        from moto.sns.models import Subscription, Topic, sns_backends

        for arn, kept in self._topics.items():
            backend = sns_backends[kept["account"]][kept["region"]]
            topic = Topic(kept["settings"]["name"], backend)
            topic.__dict__.update(kept["settings"])
            backend.topics[arn] = topic
        for arn, kept in self._subscriptions.items():
            backend = sns_backends[kept["account"]][kept["region"]]
            if kept["topic"] not in backend.topics:
                continue
            one = Subscription(kept["account"], backend.topics[kept["topic"]], kept["endpoint"], kept["protocol"])
            one.arn, one.confirmed, one.attributes = arn, kept["confirmed"], dict(kept["attributes"])
            backend.subscriptions[arn] = one
            if one.attributes.get("FilterPolicy"):
                backend.set_subscription_attributes(arn, "FilterPolicy", one.attributes["FilterPolicy"])


def _mend(subscription: Any) -> None:
    """moto takes the text ``false`` for true, and would deliver raw to whoever asked for the envelope."""
    if str(subscription.attributes.get("RawMessageDelivery")).lower() == "false":
        subscription.attributes["RawMessageDelivery"] = False
