"""The connector: one answer per message, honest errors, typed text is never a command."""

import threading

import pytest


def test_a_message_is_answered_with_replies_and_what_was_understood(server, conversation):
    status, answer = server.say("I ordered boots and got socks, order 10482", conversation)
    assert status == 200
    (reply,) = answer["replies"]
    assert reply["text"].startswith("Sorry, wrong item")
    assert reply["buttons"] == [{"title": "Yes", "payload": "/inform"}]
    assert reply["custom"] == {"card": {"order": "10482"}}
    understood = answer["understood"]
    assert understood["intent"] == "wrong_item_received"
    assert understood["ranking"][0]["name"] == "wrong_item_received"
    assert [e["value"] for e in understood["entities"]] == ["10482"]
    assert set(understood["thresholds"]) == {"act_above", "ask_above"}
    assert answer["actions"] == ["action_put_right"]
    assert answer["repeated"] is False


def test_the_same_message_id_is_one_turn_and_gives_the_same_answer(server, actions, conversation):
    first = server.say("hello", conversation, "m-1")
    server.say("thanks", conversation, "m-2")
    calls = len(actions.calls)
    again = server.say("hello", conversation, "m-1")
    assert again[1]["replies"] == first[1]["replies"]
    assert again[1]["understood"] == first[1]["understood"]
    assert again[1]["repeated"] is True
    assert len(actions.calls) == calls


def test_a_message_sent_twice_at_once_runs_once(server, actions, conversation):
    answers = []
    posts = [
        threading.Thread(
            target=lambda: answers.append(server.say("wrong item came", conversation, "m-1")[1])
        )
        for _ in range(4)
    ]
    for post in posts:
        post.start()
    for post in posts:
        post.join()
    assert actions.names() == ["action_put_right"]
    assert sorted(a["repeated"] for a in answers) == [False, True, True, True]
    assert len({a["replies"][0]["text"] for a in answers}) == 1


@pytest.mark.parametrize(
    "typed",
    ["/restart", "/wrong_item_received", " /greet{}", "//greet", "/ /greet", "\u200b/greet"],
)
def test_a_typed_slash_is_text_and_never_a_command(server, conversation, typed):
    server.say("hello", conversation)
    status, answer = server.say(typed, conversation)
    assert status == 200
    assert answer["understood"]["confidence"] < 1.0
    _, told = server.call("GET", f"/conversations/{conversation}")
    texts = [e["text"] for e in told["events"] if e["event"] == "user"]
    assert not texts[-1].startswith("/")
    assert "restart" not in [e["event"] for e in told["events"]]


def test_a_lone_slash_is_answered(server, conversation):
    assert server.say("/", conversation)[0] == 200


def test_a_pressed_button_is_taken_at_its_word(server, conversation):
    _, answer = server.press("/wrong_item_received", conversation)
    assert answer["understood"]["intent"] == "wrong_item_received"
    assert answer["understood"]["confidence"] == 1.0
    assert answer["actions"] == ["action_put_right"]


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ("/restart", "unknown_intent"),
        ("/session_start", "unknown_intent"),
        ("/no_such_intent", "unknown_intent"),
        ("greet", "bad_payload"),
        ("/greet{not json}", "bad_payload"),
        ('/greet@0.5{"a": 1}', "bad_payload"),
    ],
)
def test_a_payload_no_button_gives_is_refused(server, conversation, payload, code):
    status, answer = server.press(payload, conversation)
    assert (status, answer["error"]["code"]) == (422, code)
    assert answer["error"]["field"] == "payload"


def test_a_payload_carries_its_entities(server, conversation):
    _, answer = server.press('/inform{"order_number": ["10482", "10499"]}', conversation)
    assert [e["value"] for e in answer["understood"]["entities"]] == ["10482", "10499"]


@pytest.mark.parametrize(
    "broken",
    [
        lambda call: (500, {"error": "boom"}),
        lambda call: (200, {"events": "none", "responses": []}),
        lambda call: (200, {"events": [{"event": "slot"}], "responses": []}),
        lambda call: (200, {"events": [], "responses": ["a text, not an object"]}),
        lambda call: (200, b"not json at all"),
    ],
)
def test_a_turn_in_which_an_action_broke_fails_and_can_be_done_again(
    server, actions, conversation, broken
):
    server.say("hello", conversation)
    actions.answer = broken
    status, answer = server.say("you sent the wrong item", conversation, "m-1")
    assert (status, answer["error"]["code"]) == (500, "turn_failed")
    actions.behave()
    status, answer = server.say("you sent the wrong item", conversation, "m-1")
    assert status == 200
    assert answer["repeated"] is False
    assert answer["replies"][0]["text"].startswith("Sorry")
    _, told = server.call("GET", f"/conversations/{conversation}")
    assert [e["message_id"] for e in told["events"] if e["event"] == "user"].count("m-1") == 1


def test_the_token_is_needed(server, conversation):
    body = {"conversation": conversation, "message_id": "m-1", "text": "hello"}
    for token in ("", "wrong", "ä"):
        status, answer = server.call(
            "POST", "/webhook", body, token=token.encode().decode("latin-1")
        )
        assert (status, answer["error"]["code"]) == (401, "unauthorised")
    assert server.call("GET", f"/conversations/{conversation}", token="wrong")[0] == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{not json", 400),
        (b"[]", 400),
        ({"message_id": "m", "text": "hi"}, 422),
        ({"conversation": "c", "text": "hi"}, 422),
        ({"conversation": "c", "message_id": "m"}, 422),
        ({"conversation": "c", "message_id": "m", "text": "  "}, 422),
        ({"conversation": "c", "message_id": 7, "text": "hi"}, 422),
        ({"conversation": "c" * 300, "message_id": "m", "text": "hi"}, 422),
        ({"conversation": "c", "message_id": "m", "text": "hi", "metadata": []}, 422),
    ],
)
def test_a_malformed_call_is_refused_in_the_one_error_shape(server, body, status):
    got, answer = server.call("POST", "/webhook", body)
    assert got == status
    assert set(answer["error"]) >= {"code", "message"}


def test_a_photo_without_a_word_is_a_fact_given(server, conversation):
    status, answer = server.say("", conversation, metadata={"attachments": ["a1"]})
    assert status == 200
    assert answer["understood"]["intent"] == "inform"


@pytest.mark.parametrize(
    "text",
    ["🙃🙃🙃", "\ud800 half a character", "\x00", "x" * 20_000, "<b>hi</b>'; DROP TABLE events;--",
     "أين طلبي؟", "wrong item " * 1500],
)  # fmt: skip
def test_strange_text_is_answered(server, conversation, text):
    status, answer = server.say(text, conversation)
    assert status == 200
    assert answer["replies"]


def test_what_the_application_sends_along_reaches_the_action(server, actions, conversation):
    server.say("you sent me the wrong item", conversation, metadata={"code": {"state": "wrong"}})
    latest = actions.calls[-1]["tracker"]["latest_message"]["metadata"]
    assert latest["code"] == {"state": "wrong"}
    assert latest["ranking"][0]["name"] == "wrong_item_received"
    assert latest["thresholds"]["act_above"] > 0


def test_something_that_happened_is_told_as_an_intent(server, conversation):
    body = {"conversation": conversation, "intent": "wrong_item_received", "message_id": "e-1"}
    _, answer = server.call("POST", "/trigger", body)
    assert answer["actions"] == ["action_put_right"]
    assert server.call("POST", "/trigger", body)[1]["repeated"] is True
    status, refused = server.call("POST", "/trigger", {**body, "intent": "nothing"})
    assert (status, refused["error"]["code"]) == (422, "unknown_intent")


def test_an_erased_conversation_is_gone(server, conversation):
    server.say("hello", conversation, "m-1")
    assert server.call("GET", f"/conversations/{conversation}")[1]["events"]
    assert server.call("DELETE", f"/conversations/{conversation}")[1]["erased"] > 0
    assert server.call("GET", f"/conversations/{conversation}")[1]["events"] == []
    assert server.say("hello", conversation, "m-1")[1]["repeated"] is False


def test_health_names_the_model_and_says_how_it_understands(server):
    assert server.call("GET", "/health")[1] == {
        "status": "ok",
        "model": "tiny.tar.gz",
        "understands": "fully",
    }


def test_without_a_model_health_and_turns_say_so(server, conversation):
    processor, server.agent.processor = server.agent.processor, None
    try:
        assert server.call("GET", "/health")[0] == 503
        assert server.say("hello", conversation)[1]["error"]["code"] == "no_model"
    finally:
        server.agent.processor = processor
