"""The built-in context function, for context functions that add to it."""

from typing import Any, Dict, Optional

from smyth.types import ContextData, Request, RunnerProcessProtocol, SmythHandler


async def generate_context_data(
    request: Optional[Request], smyth_handler: SmythHandler, process: RunnerProcessProtocol
) -> ContextData:
    """What the handler finds as `context.smyth`, and its timeout."""
    config: Dict[str, Any] = {
        "name": smyth_handler.name,
        "lambda_handler_path": smyth_handler.lambda_handler_path,
        "url_path": smyth_handler.url_path.pattern,
        "timeout": smyth_handler.timeout,
        "log_level": smyth_handler.log_level,
        "concurrency": smyth_handler.concurrency,
        "env_overrides": smyth_handler.env_overrides,
    }
    context: Dict[str, Any] = {
        "smyth": {
            "process": {
                "name": process.name,
                "state": str(process.state),
                "task_counter": process.task_counter,
                "last_used_timestamp": process.last_used_timestamp,
            },
            "handler": {"name": smyth_handler.name, "smyth_handler_config": config},
        }
    }
    if smyth_handler.timeout is not None:
        context["timeout"] = smyth_handler.timeout
    return context
