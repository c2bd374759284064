"""The shop's help articles."""

from pathlib import Path


class HelpIndex:
    def __init__(self, folder: Path) -> None: ...
