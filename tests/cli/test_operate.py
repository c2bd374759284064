"""What an operator meets: secrets, ports, training data, replay files."""

import socket
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from careline.doctor import told_by
from careline.kit.secrets import with_secrets
from careline.kit.settings import Settings, SettingUnreadable, read_settings
from careline.replay import AppNotRunning, NoSuchColumn, messages_in, replay
from careline.supervisor import PortTaken, check_ports, write_configuration
from careline.training import fingerprint
from tests.house import ROOT


def test_secrets_are_made_once_for_the_owner_alone(tmp_path: Path) -> None:
    given = Settings(state=tmp_path, hook_secret=SecretStr("given"))
    first, second = with_secrets(given), with_secrets(given)
    assert first == second
    assert first.hook_secret.get_secret_value() == "given"
    assert len(first.secret.get_secret_value()) >= 32
    assert first.secret != first.identity_secret
    file = tmp_path / "secrets.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "given" not in file.read_text()


def test_a_port_that_is_taken_is_named_with_its_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=rf"{port}.*CARELINE_PORT"):
            check_ports(Settings(port=port))


def test_the_supervisors_file_survives_odd_paths(tmp_path: Path) -> None:
    state = tmp_path / "a b%c"
    text = write_configuration(Settings(home=ROOT, state=state, rasa_python=Path("/bin/sh")))
    assert "%%c" in text.read_text()
    assert "[program:rasa]" in text.read_text()


def test_training_is_due_when_a_word_changes_and_not_before(tmp_path: Path) -> None:
    (tmp_path / "data" / "nlu").mkdir(parents=True)
    file = tmp_path / "data" / "nlu" / "returns.yml"
    file.write_text("one")
    before = fingerprint(tmp_path)
    assert fingerprint(tmp_path) == before
    file.write_text("two")
    changed = fingerprint(tmp_path)
    assert changed != before
    file.rename(file.with_name("exchange.yml"))
    assert fingerprint(tmp_path) != changed


def test_replay_reads_a_column_by_name_by_number_or_of_a_file_without_header(
    tmp_path: Path,
) -> None:
    plain, headed = tmp_path / "plain.tsv", tmp_path / "headed.tsv"
    plain.write_text('greet\thi "there\tmine\ndeny\t\tmine\n')
    headed.write_text("said\tby\nhello\tme\n")
    assert messages_in(plain, "text") == ['hi "there']
    assert messages_in(plain, "1") == ["greet", "deny"]
    assert messages_in(headed, "said") == ["hello"]
    with pytest.raises(NoSuchColumn, match=r"said \| by"):
        messages_in(headed, "text")


def test_replay_says_when_the_app_is_not_running() -> None:
    with pytest.raises(AppNotRunning, match="careline run"):
        replay("http://127.0.0.1:9", ["hello"], concurrency=1)


def test_a_setting_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARELINE_REPLY_WITHIN", "soon")
    with pytest.raises(SettingUnreadable, match="CARELINE_REPLY_WITHIN"):
        read_settings()
    monkeypatch.setenv("CARELINE_REPLY_WITHIN", "PT2S")
    assert read_settings().reply_within == timedelta(seconds=2)


@pytest.mark.parametrize(("understands", "parts"), [("less", {"understanding"}), ("fully", set())])
def test_a_bot_without_its_sentence_encoder_is_not_well(understands: str, parts: set[str]) -> None:
    health: dict[str, object] = {"record": True, "rasa": True, "understands": understands}
    findings = list(told_by(health, Settings(home=ROOT)))
    assert {finding.part for finding in findings if not finding.well} == parts
    assert all("encoder.onnx" in finding.advice for finding in findings if not finding.well)
