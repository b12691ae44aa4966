"""All services at a glance."""
