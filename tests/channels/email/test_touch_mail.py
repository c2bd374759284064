"""An e-mail of ours can be read without HTML, stopped by one press, and is never two."""

from email import message_from_string
from email.policy import default

import pytest

from careline.channels.email.mailers import RefusedForGood
from careline.channels.email.touch_mail import as_html, as_text, one_line
from careline.touches.wording import Worded
from tests.channels.email.test_outbox import send, smtp_server

SAID = Worded("Is the **<carafe>** from order 10482 all right?", (), "Order 10482")
GO_ON, STOP = "https://shop.example/c/abc", f"https://shop.example/unsubscribe/{'xyz' * 80}?a=1&b=2"


def test_it_has_a_plain_part_a_page_and_the_way_out() -> None:
    text, page = as_text(SAID, GO_ON, STOP, "Shop"), as_html(SAID, GO_ON, STOP, "Shop")
    headers = {
        "List-Unsubscribe": f"<{STOP}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }
    with smtp_server() as (url, kept):
        send(url,
            to="ana@b.example", subject="Order 10482", text=text, key="touch:1", html=page,
            headers=headers,
        )  # fmt: skip
    assert f"\nList-Unsubscribe: <{STOP}>\r\n" in kept[0], "no mail program reads an encoded link"
    sent = message_from_string(kept[0], policy=default)
    assert sent["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert sent["List-Unsubscribe"].strip("<>") == STOP
    plain, rich = (part for part in sent.walk() if not part.is_multipart())
    assert plain.get_content_type() == "text/plain"
    assert "the <carafe> from order 10482" in plain.get_content()
    assert GO_ON in plain.get_content()
    assert STOP in plain.get_content()
    assert rich.get_content_type() == "text/html"
    assert "<strong>&lt;carafe&gt;</strong>" in rich.get_content()


def test_nothing_in_it_is_loaded_from_anywhere() -> None:
    page = as_html(SAID, GO_ON, STOP, "Shop & Sons")
    assert "<img" not in page
    assert "<script" not in page
    assert "url(" not in page
    assert "Shop &amp; Sons" in page


@pytest.mark.parametrize("name", ["Ana\r\nBcc: all@b.example", "Ana\nX: y", "A\x00na", "a\u2028b"])
def test_a_name_cannot_become_a_header(name: str) -> None:
    subject = one_line(f"Hello {name}")
    with smtp_server() as (url, kept):
        send(url, to="ana@b.example", subject=subject, text="Hello", key="touch:1")
    sent = message_from_string(kept[0], policy=default)
    assert sent["Bcc"] is None
    assert sent["X"] is None


def test_a_header_that_is_none_is_refused_for_good() -> None:
    with smtp_server() as (url, kept), pytest.raises(RefusedForGood):
        send(url, to="ana@b.example\r\nBcc: x@y.example", subject="Hi", text="Hello", key="touch:1")
    assert kept == []
