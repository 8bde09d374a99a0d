"""Which retrainings there were: a ledger of small files that two runs at once, and a killed one, cannot confuse.

In the ledger's folder (any fsspec URL)::

    retrainings/000001/started.json   a retraining that was let begin
    retrainings/000001/outcome.json   how it ended: finished, rejected or failed
    retrainings/000002/…
    decisions/<id>.json               what was decided for a run, whether it began one or not
    seen/<digest>.json                a finding that somebody has dealt with, and who

Every file is written once, only if there is none. *A retraining begins* by taking the next number: of two runs that
read the same ledger only one gets it, and the other reads again and decides again. *A run that is killed* and tried
again finds what it wrote, by its id, and goes on from there.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.timestamps import format_utc, parse_utc
from airflow_model_monitor.service.folder import Folder
from airflow_model_monitor.service.job_name import job_name

Outcome = Literal["finished", "rejected", "failed"]
OUTCOMES: Final[tuple[Outcome, ...]] = ("finished", "rejected", "failed")
_NUMBER: Final = re.compile(r"\d{6}")
_STARTED: Final = "started.json"
_OUTCOME: Final = "outcome.json"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a retraining ended.

    :param at: when, on the same clock as the start
    """

    outcome: Outcome
    at: datetime
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Retraining:
    """One retraining.

    :param id: of the run that began it, see :func:`retraining_id`
    :param at: the instant it was decided for: of the newest finding behind it, not of a clock on a wall
    :param wall: when that run was made, to know how long the retraining took
    :param reason: why it was let begin
    :param trigger: the findings behind it
    :param window: ``start`` and ``end`` of the newest window that was looked at, None if none was
    :param number: 1 for the first; 0 before it has one
    :param ended: None while it goes on
    """

    id: str
    dag_id: str
    run_id: str
    at: datetime
    wall: datetime
    reason: str
    trigger: tuple[Mapping[str, Any], ...] = ()
    window: Mapping[str, str] | None = None
    number: int = 0
    ended: Ended | None = None

    def to_json(self) -> bytes:
        """``started.json``."""
        document = dataclasses.asdict(self)
        for left_out in ("number", "ended"):
            del document[left_out]
        return _written({**document, "at": format_utc(self.at), "wall": format_utc(self.wall)})


def retraining_id(dag_id: str, run_id: str) -> str:
    """The id of the retraining that a DAG run may begin: the same for every try of it."""
    return job_name("retraining", dag_id, run_id)


class RetrainingLedger:
    """The ledger of one model.

    :param url: its folder, a local path or fsspec URL
    :param storage_options: keyword arguments of the file system
    """

    def __init__(self, url: str, storage_options: Mapping[str, Any] | None = None) -> None:
        self._folder = Folder(url, storage_options)
        self._retrainings = self._folder.child("retrainings")

    @property
    def url(self) -> str:
        """Address of the folder."""
        return self._folder.url

    def retrainings(self) -> tuple[Retraining, ...]:
        """All there were, oldest first.

        :raises ContractError: a file that is none of ours, naming it
        """
        names = [name for name in self._retrainings.names() if _NUMBER.fullmatch(name)]
        return tuple(one for name in names if (one := self._read(name)) is not None)

    def find(self, identifier: str) -> Retraining | None:
        """The retraining of this id, or None."""
        return next((one for one in self.retrainings() if one.id == identifier), None)

    def begin(self, retraining: Retraining, *, after: int) -> Retraining | None:
        """Enter a retraining, if the ledger is still as it was read; None when somebody else was quicker.

        :param after: number of the newest retraining that the decision knew of, 0 for none
        :raises NoConditionalWritesError: the store cannot keep two writers apart
        """
        number = after + 1
        folder = self._retrainings.child(f"{number:06d}")
        mine = folder.create(_STARTED, retraining.to_json(), exclusive=True)
        return dataclasses.replace(retraining, number=number) if mine else None

    def end(self, identifier: str, ended: Ended) -> Retraining:
        """Say how a retraining ended; the first word stands.

        :raises LookupError: there is no such retraining
        :raises ValueError: it has ended otherwise
        """
        found = self.find(identifier)
        if found is None:
            raise LookupError(f"{self.url}: no retraining {identifier} was begun; RetrainingGuardOperator begins one")
        if ended.outcome not in OUTCOMES:
            raise ValueError(f"outcome: {ended.outcome!r}; allowed are {', '.join(map(repr, OUTCOMES))}")
        if found.ended is None:
            document = {"outcome": ended.outcome, "at": format_utc(ended.at), "details": dict(ended.details)}
            self._retrainings.child(f"{found.number:06d}").create(_OUTCOME, _written(document))
            found = self._read(f"{found.number:06d}")
            assert found is not None
            assert found.ended is not None
        if found.ended.outcome != ended.outcome:
            raise ValueError(
                f"{self.url}: retraining {identifier} is {found.ended.outcome} since {format_utc(found.ended.at)} and "
                f"cannot be {ended.outcome} too"
            )
        return found

    def decide(self, identifier: str, decision: Mapping[str, Any]) -> dict[str, Any]:
        """Keep what was decided for a run; the decision that stands, which is the first."""
        self._folder.child("decisions").create(f"{identifier}.json", _written(decision))
        return self.decision(identifier) or dict(decision)

    def decision(self, identifier: str) -> dict[str, Any] | None:
        """What was decided for a run; None when nothing was."""
        content = self._folder.child("decisions").read_if_there(f"{identifier}.json")
        return None if content is None else dict(json.loads(content))

    def is_new(self, finding: str, identifier: str) -> bool:
        """Whether a finding is this run's to deal with: it is when nobody has, or when this run has before.

        :param finding: the same for every telling of one thing
        """
        name = f"{hashlib.sha256(finding.encode()).hexdigest()}.json"
        return self._folder.child("seen").create(name, _written({"finding": finding, "by": identifier}))

    def _read(self, name: str) -> Retraining | None:
        folder = self._retrainings.child(name)
        started = folder.read_if_there(_STARTED)
        if started is None:
            return None
        file = folder.url_of(_STARTED)
        try:
            document = json.loads(started)
            known = {one.name for one in dataclasses.fields(Retraining)} - {"number", "ended"}
            times = {key: parse_utc(document[key], field=key, file=file) for key in ("at", "wall")}
            stated = {key: value for key, value in document.items() if key in known}
            trigger = tuple(document.get("trigger", ()))
            found = Retraining(**{**stated, **times, "trigger": trigger, "number": int(name)})
            outcome = folder.read_if_there(_OUTCOME)
            if outcome is None:
                return found
            file = folder.url_of(_OUTCOME)
            document = json.loads(outcome)
            at = parse_utc(document["at"], field="at", file=file)
            return dataclasses.replace(found, ended=Ended(document["outcome"], at, document.get("details", {})))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            if isinstance(error, ContractError):
                raise
            remedy = "Restore the file, or remove its folder: it is written by RetrainingGuardOperator."
            raise ContractError(f"says nothing of a retraining ({error!r})", file=file, remedy=remedy) from error


def _written(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, indent=1, sort_keys=True, default=str) + "\n").encode()
