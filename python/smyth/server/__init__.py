"""The original's ASGI application; see `app`."""
