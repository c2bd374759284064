"""Take the README's pictures from a freshly seeded demo: tools/pictures.py URL FOLDER."""

import sys
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]
# What is said and pressed in each of the stories, and words of the last answer.
STORIES = {
    "socks-instead-of-boots": (
        "C1001",
        ["I ordered boots but there was a pack of socks in the box"],
        ["Yes, send it"],
    ),
    "muffin-instead-of-croissants": (
        "C1002",
        ["ordered croissants, got a muffin"],
        ["Yes, send it"],
    ),
    "television-arrived-broken": (
        "C1003",
        ["my television arrived broken, the screen is cracked"],
        ["I can't take one", "Yes, send it"],
    ),
    "does-not-fit": (
        "C1004",
        ["the jacket does not fit"],
        ["Another size or colour", "size M, yellow", "Yes, exchange it"],
    ),
}


def main() -> None:
    base, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        # Each story once: what was put right cannot be put right again.
        for place, (name, (customer, said, pressed)) in enumerate(STORIES.items()):
            scheme, width = (("light", 1280), ("dark", 390))[place % 2]
            context = browser.new_context(
                color_scheme=scheme, viewport={"width": width, "height": 860}
            )
            page = context.new_page()
            page.goto(f"{base}/?customer={customer}")
            tell(page, said, pressed)
            page.screenshot(path=folder / f"{name}.png")
            context.close()
        browser.close()


def tell(page: Page, said: list[str], pressed: list[str]) -> None:
    page.get_by_role("button", name="chat").first.click()
    box = page.get_by_role("textbox")
    for words in said:
        box.fill(words)
        box.press("Enter")
    for title in pressed:
        page.get_by_role("button", name=title, exact=True).last.click(timeout=20_000)
    expect(page.get_by_text("our case is").last).to_be_visible(timeout=20_000)


if __name__ == "__main__":
    main()
