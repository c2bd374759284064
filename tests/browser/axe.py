"""axe-core in a page, once the page has come to rest: what is fading in has no colour yet."""

from typing import Any

from playwright.sync_api import Page

from tests.browser import WIDGET

SCRIPT = WIDGET / "node_modules/axe-core/axe.min.js"
_AT_REST = """async () => {
  const shadows = [...document.querySelectorAll('*')].flatMap((one) => one.shadowRoot ?? []);
  const ending = [document, ...shadows].flatMap((root) => root.getAnimations())
    .filter((one) => one.effect.getComputedTiming().endTime !== Infinity);
  await Promise.allSettled(ending.map((one) => one.finished));
}"""
_RUN = """async () => (await axe.run(document, { resultTypes: ['violations'] })).violations
  .map(({ id, nodes }) => [id, nodes.map((node) => node.target + ' ' + node.failureSummary)])"""


def violations(page: Page) -> list[Any]:
    """Each broken rule, with where and why; the page must have been given SCRIPT."""
    page.evaluate(_AT_REST)
    found: list[Any] = page.evaluate(_RUN)
    return found
