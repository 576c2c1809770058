"""A handler named in AWS's form: `nested/inner.run`."""

from app import run  # noqa: F401
