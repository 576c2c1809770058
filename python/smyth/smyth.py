"""`Smyth`: the original's library entry point, which configuration replaces."""

from typing import Any

from smyth.exceptions import SmythRuntimeError


class Smyth:
    """Cannot be made: functions are configured, not added by a program."""

    def __init__(self, *_arguments: Any, **_options: Any) -> None:
        raise SmythRuntimeError(replacement("Smyth()"))


def replacement(what: str) -> str:
    """Tells the user of `what` what to write instead."""
    return (
        f"{what} is not available: functions are configured in pyproject.toml, and `smyth run` serves "
        "them. In place of each add_handler(...) write\n\n"
        "    [tool.smyth.handlers.NAME]\n"
        '    handler_path = "package.module.function"       # lambda_handler_path\n'
        '    url_path = "/path/{rest:path}"                 # path\n'
        "    timeout = 6\n"
        "    concurrency = 1\n"
        '    event_data_function_path = "package.module.f"   # event_data_function\n'
        '    context_data_function_path = "package.module.f" # context_data_function\n'
        '    strategy_generator_path = "package.module.f"    # strategy_generator\n'
        '    env = { NAME = "value" }                       # env_overrides\n\n'
        "In place of smyth.invoke(...) use `smyth invoke NAME --event FILE`, or boto3's Lambda client with "
        "endpoint_url set to the server."
    )
