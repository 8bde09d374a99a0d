"""Actions of ours in place of moto's: the one way the local SageMaker changes what moto answers.

moto looks an action up by its name, in snake case, among the functions of a service's response class; replacing the
attribute replaces the action for every protocol. ``tests/local/test_moto_seams.py`` says when a moto no longer does so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Action = Callable[[Any], Any]
"""Takes moto's response object (``_get_params``, ``region``, ``current_account``); returns moto's ``ActionResult``."""


class ReplacedActions:
    """Actions of one response class, replaced until :meth:`restore`.

    :param response: moto's response class
    :param actions: by name in snake case
    """

    def __init__(self, response: type, actions: Mapping[str, Action]) -> None:
        self._response = response
        self._before = {name: response.__dict__.get(name) for name in actions}
        for name, action in actions.items():
            setattr(response, name, action)

    def restore(self) -> None:
        """Give moto its own actions back."""
        for name, before in self._before.items():
            if before is None:
                delattr(self._response, name)
            else:
                setattr(self._response, name, before)
