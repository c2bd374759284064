"""Learning, saving and reading intents; honest confidences; no pickles in the model."""

import dataclasses
import tarfile

import numpy as np
import pytest
from rasa.shared.nlu.training_data.message import Message

from bot import encoder as encoders
from bot.calibration import (
    Thresholds,
    find_thresholds,
    fit_temperature,
    kept_aside,
    softmax,
)
from bot.classifier import IntentClassification
from bot.encoder import (
    EncoderUnavailable,
    SentenceEncoder,
    checked,
    encoder_named,
    encoder_or_none,
    package_file,
)
from bot.intent_model import IntentModel
from bot.learning import learn
from bot.reading import MessageReader


@pytest.fixture(scope="session")
def encoder():
    return SentenceEncoder.tuned()


@pytest.fixture(scope="session")
def three(sentences):
    chosen = ["greet", "wrong_item_received", "thank_you"]
    pairs = [(text, intent) for intent in chosen for text in sentences[intent]]
    return [text for text, _ in pairs], [intent for _, intent in pairs]


@pytest.fixture(scope="session", params=[True, False], ids=["with encoder", "words alone"])
def learned(request, encoder, three):
    used = encoder if request.param else None
    return learn(*three, used), used


def ranking_of(model, encoder, text):
    return MessageReader(model, encoder).read(text).ranking


def test_unseen_sentences_are_read(learned):
    assert ranking_of(*learned, "thanks for everything")[0]["name"] == "thank_you"
    assert ranking_of(*learned, "the wrong item was sent")[0]["name"] == "wrong_item_received"


def test_a_saved_model_reads_the_same(learned, tmp_path):
    model, encoder = learned
    model.save(tmp_path)
    loaded = IntentModel.load(tmp_path)
    for used in (encoder, None):
        for text in ("hello", "you sent socks", "", "🙃", "x" * 5000):
            assert ranking_of(loaded, used, text) == ranking_of(model, used, text)
        assert loaded.readable_with(used).thresholds == model.readable_with(used).thresholds
    assert {f.suffix for f in tmp_path.iterdir()} == {".npz", ".json"}


@pytest.mark.parametrize(
    "text",
    [
        "hello there",
        "Hello there, good morning to you. You sent me the wrong item, I got socks.",
        "thank you very much, but the parcel holds somebody else's things",
    ],
)
def test_confidences_are_shares_of_one(learned, text):
    ranking = ranking_of(*learned, text)
    assert sum(r["confidence"] for r in ranking) == pytest.approx(1.0, abs=1e-5)
    assert [r["confidence"] for r in ranking] == sorted(
        (r["confidence"] for r in ranking), reverse=True
    )


def test_the_trained_archive_holds_no_pickle(model):
    with tarfile.open(model) as archive:
        names = archive.getnames()
    assert any(name.endswith("intents.npz") for name in names)
    assert not [n for n in names if n.endswith((".pkl", ".pickle", ".joblib"))]


def test_the_encoder_knows_like_from_unlike(encoder):
    a, b, c = (
        encoder.encode(t)
        for t in ("my parcel is late", "the package has not arrived yet", "a recipe for soup")
    )
    assert np.linalg.norm(a) == pytest.approx(1.0, abs=1e-4)
    assert a @ b > a @ c + 0.2


def test_a_text_has_the_same_vector_in_training_and_later(encoder):
    texts = ["hi", "a somewhat longer sentence about boots", "@shop https://x.example hello", ""]
    together = encoder.encode_many(texts)
    for text, vector in zip(texts, together, strict=True):
        assert np.array_equal(encoder.encode(text), vector)


def test_a_changed_model_file_is_refused(tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(b"something else")
    with pytest.raises(EncoderUnavailable, match="not the known file"):
        checked(path, encoders.TUNED_SHA256)


def test_a_missing_package_says_what_to_install():
    with pytest.raises(EncoderUnavailable, match=r"requirements/models\.in"):
        package_file("no_such_package_here", "model.onnx")


def test_without_the_tuned_file_the_published_one_is_used(monkeypatch, caplog, tmp_path):
    monkeypatch.setattr(encoders, "TUNED_FILE", tmp_path / "encoder.onnx")
    found = encoder_or_none()
    assert found.name == encoders.PUBLISHED_SHA256
    assert "no file encoder.onnx" in caplog.text
    a, b, c = (found.encode(t) for t in ("my parcel is late", "the package is late", "soup"))
    assert np.linalg.norm(a) == pytest.approx(1.0, abs=1e-4)
    assert a @ b > a @ c + 0.2


def test_without_any_model_file_there_is_a_warning_and_no_encoder(monkeypatch, caplog):
    monkeypatch.setattr(encoders, "TUNED_SHA256", "0" * 64)
    monkeypatch.setattr(encoders, "PUBLISHED_SHA256", "0" * 64)
    assert encoder_or_none() is None
    assert "words alone" in caplog.text


def test_a_model_is_never_read_with_another_encoder_than_its_own(monkeypatch, caplog, tmp_path):
    """Its file gone, the other one would give vectors that mean something else."""
    assert encoder_named(encoders.PUBLISHED_SHA256).name == encoders.PUBLISHED_SHA256
    monkeypatch.setattr(encoders, "TUNED_FILE", tmp_path / "encoder.onnx")
    assert encoder_named(encoders.TUNED_SHA256) is None
    assert encoder_named("of yesterday") is None
    assert "train it again" in caplog.text


def test_without_its_encoder_a_model_is_the_one_learnt_on_words_alone(learned, three):
    """With weights, temperature and thresholds of its own: the others' mean nothing by then."""
    model, _ = learned
    alone, read = learn(*three, None), MessageReader(model, None)
    assert not read.model.wants_encoder
    assert read.model.thresholds.act_above == pytest.approx(alone.thresholds.act_above, abs=0.05)
    assert read.read("thank you very much").ranking[0]["name"] == "thank_you"


def test_each_reading_tells_that_the_encoder_is_missing(learned):
    model, encoder = learned
    for used, wanted, told in (
        (encoder, encoder is not None, None), (None, True, True), (None, False, None),
    ):  # fmt: skip
        component = IntentClassification({"use_encoder": wanted}, None, None, used, model)
        (message,) = component.process([Message({"text": "hello there"})])
        assert message.get("understanding").get("on_words_alone") is told


def test_a_long_message_is_read_in_its_beginning_and_its_end(encoder, learned):
    story = "It was a quiet winter and we stayed at home with the dog by the fire. " * 60
    wish = "You sent me the wrong item, I got socks, not shoes."
    assert not np.allclose(encoder.encode(story + wish), encoder.encode(story), atol=0.02)
    requests = MessageReader(*learned).read(story + wish).requests
    assert "wrong_item_received" in {requests.main.intent, *(r.intent for r in requests.others)}


def test_thresholds_come_from_sentences_kept_aside_when_there_are_enough():
    subjects = [f"{thing}{n}" for thing in ("lamp", "boot", "kettle") for n in range(500)]
    texts = [f"where is my {s}" for s in subjects] + [f"cancel the {s}" for s in subjects]
    labels = ["where"] * len(subjects) + ["cancel"] * len(subjects)
    model = learn(texts, labels, None)
    assert model.held_out["sentences"] == sum(map(kept_aside, texts))
    assert model.held_out["accuracy"] == 1.0


def test_the_temperature_cools_what_is_too_sure():
    generator = np.random.default_rng(3)
    truth = generator.integers(0, 4, 2000)
    scores = generator.normal(size=(2000, 4))
    scores[np.arange(2000), truth] += 1.0
    too_sure = scores * 4
    assert fit_temperature(too_sure, truth) > 2 * fit_temperature(scores, truth)


def test_acting_is_right_as_often_as_promised():
    generator = np.random.default_rng(5)
    truth = generator.integers(0, 10, 5000)
    scores = generator.normal(size=(5000, 10))
    scores[np.arange(5000), truth] += 3.0
    confidences = softmax(scores, 1.0)
    found = find_thresholds(confidences, truth)
    acted = confidences.max(axis=1) >= found.act_above
    right = (confidences.argmax(axis=1) == truth)[acted].mean()
    assert right >= 0.94
    assert found.ask_above <= found.act_above


def test_below_the_threshold_the_intent_is_the_fallback_with_the_ranking_behind(learned):
    model, encoder = learned
    strict = dataclasses.replace(model, thresholds=Thresholds(act_above=1.01, ask_above=0.2))
    component = IntentClassification({}, None, None, encoder, strict)
    (message,) = component.process([Message({"text": "hello there"})])
    assert message.get("intent")["name"] == "nlu_fallback"
    names = [reading["name"] for reading in message.get("intent_ranking")]
    assert names[:2] == ["nlu_fallback", "greet"]
    assert message.get("understanding")["best"]["name"] == "greet"


def test_several_requests_in_one_message_are_told(server, conversation):
    _, answer = server.say(
        "You sent me the wrong item, I got socks. Also where is my order with the lamp?",
        conversation,
    )
    understood = answer["understood"]
    named = {understood["intent"], *understood["requests"]}
    assert named == {"wrong_item_received", "order_status_or_delivery"}
