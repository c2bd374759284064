"""Chromium and the built widget, for whoever looks at pages: the whole run has one browser."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser import PATIENCE, WIDGET
from tests.services import missing

BUILT = Path(__file__).resolve().parents[1] / "src/careline/channels/web/static/widget.js"
expect.set_options(timeout=PATIENCE)
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def widget_file() -> Path:
    """The built widget; built anew when its source is newer."""
    sources = [*WIDGET.glob("src/*"), WIDGET / "build.mjs", WIDGET / "package.json"]
    newest = max(path.stat().st_mtime for path in sources)
    if not BUILT.exists() or BUILT.stat().st_mtime < newest:
        assert (WIDGET / "node_modules").exists(), "run `npm ci` in widget/ first"
        subprocess.run(["npm", "run", "build"], cwd=WIDGET, check=True)
    return BUILT


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    if not shutil.which(chromium):
        missing(f"no Chromium at {chromium}; set CHROMIUM to its path")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        yield browser
        browser.close()
