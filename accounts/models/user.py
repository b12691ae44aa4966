"""An account: who may look, and with the permission `scheduler.operate` change things."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """Django's account; its sessions, groups and permissions are Django's own as well."""

    # The password was made by a machine and shown once: whoever signs in with it chooses another
    # one before seeing anything.
    must_change_password = models.BooleanField(default=False)

    class Meta(AbstractUser.Meta):
        pass
