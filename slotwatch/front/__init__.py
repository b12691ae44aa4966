"""The ASGI application: Django's synchronous handler behind a door that slow clients can't block.

A request gets a thread when its body is here, and an answer that is sent in pieces holds none
between two of them. Which addresses there are and what they answer is none of this package's.
"""
