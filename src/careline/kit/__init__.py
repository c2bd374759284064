"""Clock, ids, database, settings, logging and base errors; nothing about support."""
