"""In a real browser, against the real app."""

PATIENCE = 60_000  # milliseconds to wait for an event; the machine may be busy with other things
