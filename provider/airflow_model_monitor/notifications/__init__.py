"""Messages about drift to people."""
