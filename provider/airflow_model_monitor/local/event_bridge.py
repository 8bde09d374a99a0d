"""Events of our services on their way to EventBridge's rules, and from there to queues and topics."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

_LOG: Final = logging.getLogger(__name__)


def send_event(
    *,
    account: str,
    region: str,
    source: str,
    kind: str,
    resources: Sequence[str],
    detail: Mapping[str, Any],
    now: datetime,
) -> int:
    """Hand one event to the default bus; returns how many targets took it.

    Queues and topics are the targets that are known; a target that fails is logged and passed over, as EventBridge
    delivers the others too.

    :param kind: ``detail-type``
    :param now: the event's ``time``, by the local clock
    """
    from moto.events.models import events_backends

    event: Any = {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": kind,
        "source": source,
        "account": account,
        "time": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "region": region,
        "resources": list(resources),
        "detail": dict(detail),
    }
    delivered = 0
    for rule in list(events_backends[account][region].event_buses["default"].rules.values()):
        # A rule that runs on a schedule has no pattern, which matches everything.
        if rule.state == "ENABLED" and rule.event_pattern.get_pattern() and rule.event_pattern.matches_event(event):
            for target in list(rule.targets):
                try:
                    _deliver(account, target, event)
                    delivered += 1
                except Exception as error:  # noqa: BLE001 - whatever moto raises of one target is that target's alone
                    _LOG.warning("rule %s: target %s did not take the event: %r", rule.name, target["Arn"], error)
    return delivered


def _deliver(account: str, target: Mapping[str, Any], event: Any) -> None:
    from moto.sns.models import sns_backends
    from moto.sqs.models import sqs_backends

    _, _, service, region, owner, name = target["Arn"].split(":", 5)
    body = _body(target, event)
    if service == "sqs":
        group = (target.get("SqsParameters") or {}).get("MessageGroupId")
        sqs_backends[owner or account][region].send_message(name, body, group_id=group, validate_group_id=False)
    elif service == "sns":
        sns_backends[owner or account][region].publish(body, target["Arn"])
    else:
        raise ValueError(f"the local EventBridge delivers to SQS and SNS, not to {service}")


def _body(target: Mapping[str, Any], event: Any) -> str:
    """What a target is sent: the event, or what its input settings make of it."""
    if target.get("Input"):
        return str(target["Input"])
    if target.get("InputPath"):
        found: Any = event
        for part in target["InputPath"].removeprefix("$").split("."):
            found = found[part] if part else found
        return json.dumps(found)
    if target.get("InputTransformer"):
        from moto.events.utils import EventTemplateParser

        transformer = target["InputTransformer"]
        made: Any = EventTemplateParser.parse(
            input_template=transformer.get("InputTemplate"),
            input_paths_map=transformer.get("InputPathsMap", {}),
            event=event,
        )
        return made if isinstance(made, str) else json.dumps(made)
    return json.dumps(event)
