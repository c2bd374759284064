"""One reader for all conversations at the counter."""

from collections.abc import Iterator

import pytest

from tests.actions.talk import Reader


@pytest.fixture(scope="session")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """The trained model; needs `make train`."""
    opened = Reader(tmp_path_factory.mktemp("model"))
    yield opened
    opened.close()
