"""Slotwatch's application, which gives up on slow clients at once: a test has no half a minute."""

import os

from slotwatch.asgi import application as application
from slotwatch.front import bodies, streams

SECONDS = float(os.environ["IMPATIENT_SECONDS"])
for patient in (bodies.read_body, streams.send_pieces):
    assert patient.__kwdefaults__ is not None
    patient.__kwdefaults__["seconds"] = SECONDS
