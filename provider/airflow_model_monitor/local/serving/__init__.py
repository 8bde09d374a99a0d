"""Models that answer, endpoints in front of them, and the traffic they capture."""
