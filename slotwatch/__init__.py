"""The Django project: settings from the environment, URLs, accounts, health. No domain logic."""
