"""Which topics are offered when the bot is unsure."""

from actions.people import likely_topics
from actions.turn import Turn


def offered(*ranking: tuple[str, float]) -> list[str]:
    turn = Turn("cnv_1", "msg_1", "hm", "nlu_fallback", 0.0, ranking=ranking)
    return [button["payload"] for button in likely_topics(turn)]


def test_the_two_likeliest_topics_are_offered() -> None:
    assert offered(("return_item", 0.5), ("exchange_item", 0.4), ("suggestion", 0.1)) == [
        "/return_item",
        "/exchange_item",
    ]


def test_what_is_no_topic_takes_no_place() -> None:
    assert offered(("out_of_scope", 0.4), ("return_item", 0.3), ("exchange_item", 0.2)) == [
        "/return_item",
        "/exchange_item",
    ]


def test_what_nobody_meant_is_not_offered_beside_it() -> None:
    assert offered(
        ("out_of_scope", 0.76), ("product_question", 0.23), ("give_rating_or_feedback", 0.004)
    ) == ["/product_question"]


def test_unsure_of_all_the_likeliest_is_offered() -> None:
    assert offered(("out_of_scope", 0.99), ("return_item", 0.009)) == ["/return_item"]
