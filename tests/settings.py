"""The settings under test: the project's own, read from an environment that holds no surprises.

Production is the default of `slotwatch.settings`; here only plain HTTP (the test client speaks it),
a fixed key, a data directory of its own, a cheap password hash and the databases differ. Two are
made: `tests.conftest` puts each of them in the place of `default` for every database test.
"""

import os
import tempfile
from pathlib import Path

for variable in [name for name in os.environ if name.startswith("SLOTWATCH_")]:
    del os.environ[variable]
# A stray DATABASE_URL of the shell must not be written to.
os.environ.pop("DATABASE_URL", None)

os.environ["SLOTWATCH_HTTPS"] = "off"
os.environ["SLOTWATCH_SECRET_KEY"] = "only-for-tests-" * 4
os.environ["SLOTWATCH_LOG_LEVEL"] = "WARNING"
_directory = Path(tempfile.mkdtemp(prefix="slotwatch-tests-"))
os.environ["SLOTWATCH_DATA_DIR"] = str(_directory)

from slotwatch.databases import database  # noqa: E402
from slotwatch.environment import Environment  # noqa: E402
from slotwatch.settings import *  # noqa: E402, F403
from tests import postgresql  # noqa: E402

# Django's client starts the middleware anew for each test; files are asked for from real servers.
WHITENOISE_USE_FINDERS = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

DATABASES = {"default": database(Environment(variables={}), _directory)}
# A file and not memory: other threads and processes of a test open it too.
DATABASES["default"]["TEST"] = {"NAME": str(_directory / "test.sqlite3")}
# Nor need it outlive a power cut.
DATABASES["default"]["OPTIONS"]["init_command"] += "; PRAGMA synchronous=OFF"
DATABASES["postgresql"] = database(
    Environment(variables={"DATABASE_URL": postgresql.url()}), _directory
)
# The pool keeps connections that a test database can't be dropped under.
del DATABASES["postgresql"]["OPTIONS"]["pool"]
DATABASES["postgresql"]["TEST"] = {"DEPENDENCIES": []}
