"""The local CloudWatch: metrics, alarms that are evaluated, and what follows a change of state."""
