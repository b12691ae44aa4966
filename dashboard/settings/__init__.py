"""The settings of a service, and the archive."""
