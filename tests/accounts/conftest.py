import pytest
from django.test import Client

from accounts.models import User


@pytest.fixture
def viewer() -> Client:
    """Signed in, without a password."""
    client = Client()
    client.force_login(User.objects.create_user("viewer"))
    return client
