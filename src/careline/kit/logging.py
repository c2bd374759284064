"""Structured logs: an event name and ids, never a customer's words, name or number."""

import logging
import sys

import structlog

_ABOUT: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]


def _console(*, colors: bool) -> structlog.dev.ConsoleRenderer:
    """Plain tracebacks: rich ones take a second, and print local values, customers' words too."""
    return structlog.dev.ConsoleRenderer(
        colors=colors, exception_formatter=structlog.dev.plain_traceback
    )


structlog.configure(processors=[*_ABOUT, _console(colors=False)])  # until configured, the same


def configure_logging(*, level: str = "INFO", as_json: bool = False) -> None:
    """Set up structlog once per process; JSON lines where a collector reads them."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if as_json else _console(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*_ABOUT, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(name)s %(message)s")


def get_logger(room: str) -> structlog.typing.FilteringBoundLogger:
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(room=room)
    return logger
