"""The ``model-monitor`` command."""
