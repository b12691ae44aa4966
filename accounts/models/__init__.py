"""The tables of people. Import models from here."""

from accounts.models.kept_value import KeptValue
from accounts.models.user import User

__all__ = ["KeptValue", "User"]
