"""EventBridge's rules with their targets, and buses. Of moto: ``events_backends``, ``EventsBackend.put_rule``,
``put_targets`` and ``create_event_bus``, and the attributes of ``Rule`` named below.
"""

from __future__ import annotations

from typing import Any

from airflow_model_monitor.local.journal import Journal
from airflow_model_monitor.local.kept.difference import Difference

DEFAULT_BUS = "default"


class Rules:
    """All rules of all accounts and regions."""

    def __init__(self, journal: Journal) -> None:
        self._buses = Difference(journal, "events-buses")
        self._rules = Difference(journal, "events-rules")

    def __bool__(self) -> bool:
        """Whether any rules were kept."""
        return bool(self._rules.items())

    def keep(self) -> None:
        """Bring the journal to what there is."""
        from moto.events.models import events_backends

        buses: dict[str, Any] = {}
        rules: dict[str, Any] = {}
        for account, regions in list(events_backends.items()):
            for region, backend in list(regions.items()):
                for name, bus in list(backend.event_buses.items()):
                    if name != DEFAULT_BUS:
                        buses[f"{account}/{region}/{name}"] = {"description": bus.description}
                    for rule in list(bus.rules.values()):
                        rules[f"{account}/{region}/{name}/{rule.name}"] = {
                            "description": rule.description,
                            "pattern": rule.event_pattern.dump(),
                            "schedule": rule.scheduled_expression,
                            "role": rule.role_arn,
                            "state": rule.state,
                            "targets": list(rule.targets),
                            "tags": backend.tagger.get_tag_dict_for_resource(rule.arn),
                        }
        self._buses.bring(buses)
        self._rules.bring(rules)

    def restore(self) -> None:
        """Make the buses and rules that were kept."""
        if not (self._buses.items() or self._rules.items()):
            return
        from moto.events.models import events_backends

        for place, kept in self._buses.items():
            account, region, name = place.split("/", 2)
            events_backends[account][region].create_event_bus(name, description=kept["description"])
        for place, kept in self._rules.items():
            account, region, rest = place.split("/", 2)
            bus, name = rest.rsplit("/", 1)
            backend = events_backends[account][region]
            backend.put_rule(
                name,
                description=kept["description"],
                event_bus_arn=bus,
                event_pattern=kept["pattern"],
                role_arn=kept["role"],
                scheduled_expression=kept["schedule"],
                state=kept["state"],
                tags=[{"Key": key, "Value": value} for key, value in kept["tags"].items()],
            )
            backend.put_targets(name, bus, kept["targets"])
