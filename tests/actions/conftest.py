"""One reader for all conversations at the counter, and a counter for each file."""

from collections.abc import Iterator

import pytest

from tests.actions.offers import visits
from tests.actions.talk import Counter, Reader, open_counter


@pytest.fixture(scope="session")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """The trained model; needs `make train`."""
    opened = Reader(tmp_path_factory.mktemp("model"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def counter(reader: Reader, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    with open_counter(tmp_path_factory.mktemp("counter") / "var", visits(), reader) as made:
        yield made
