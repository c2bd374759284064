"""Secrets that were not set are made once, and kept in the state folder for the owner alone."""

import json
import os
import secrets
from pathlib import Path

from pydantic import SecretStr

from careline.kit.settings import Settings

FILE = "secrets.json"
_NAMES = ("secret", "identity_secret", "hook_secret", "rasa_token", "alert_secret")


def with_secrets(settings: Settings) -> Settings:
    """The settings with every secret filled in: given, or kept, or made now."""
    missing = [name for name in _NAMES if not getattr(settings, name).get_secret_value()]
    if not missing:
        return settings
    settings.state.mkdir(parents=True, exist_ok=True)
    kept = _kept_with(settings.state / FILE, missing)
    return settings.model_copy(update={name: SecretStr(kept[name]) for name in missing})


def _kept_with(file: Path, names: list[str]) -> dict[str, str]:
    """What the file holds, after adding what it lacks; safe when two processes start at once."""
    kept: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    lacking = [name for name in names if name not in kept]
    if not lacking:
        return kept
    made = kept | {name: secrets.token_urlsafe(32) for name in lacking}
    fresh = file.with_suffix(f".{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as out:
        json.dump(made, out, indent=2)
    if kept:
        fresh.replace(file)
        return made
    try:
        os.link(fresh, file)  # fails when another process was first: theirs counts
    except FileExistsError:
        return _kept_with(file, names)
    finally:
        fresh.unlink(missing_ok=True)
    return made
