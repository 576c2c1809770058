"""Exceptions by the names that users of Smyth import and raise."""


class SmythRuntimeError(Exception):
    """Base of all below."""


class ConfigFileNotFoundError(SmythRuntimeError):
    """There is no configuration."""


class DispatcherError(SmythRuntimeError):
    """A request could not be given to a process."""


class ProcessDefinitionNotFoundError(DispatcherError):
    """No function is configured for the request."""


class NoAvailableProcessError(DispatcherError):
    """A strategy raises it to refuse a request: that request fails, the next one is asked anew."""


class DestroyedOnLoadError(DispatcherError):
    """A process ended while it started."""


class SubprocessError(SmythRuntimeError):
    """Base of what goes wrong in a handler's process."""


class LambdaHandlerLoadError(SubprocessError):
    """The handler could not be imported."""


class LambdaTimeoutError(SubprocessError):
    """The handler took longer than its timeout."""


class LambdaInvocationError(SubprocessError):
    """The handler raised."""
