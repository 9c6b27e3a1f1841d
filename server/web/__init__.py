"""Pages for staff and the interface for devices: the only place that knows FastAPI."""
