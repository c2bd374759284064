"""In a real browser, against the real app."""

from pathlib import Path

WIDGET = Path(__file__).resolve().parents[2] / "widget"
PATIENCE = 60_000  # milliseconds to wait for an event; the machine may be busy with other things
