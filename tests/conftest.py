"""One default snapshot for the whole run, kept between runs, so that a rebuild embeds nothing."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from corpus.errors import SnapshotError
from corpus.readers.library import read_library, shipped_library
from corpus.records import Document, UnansweredQuestion
from indexer.build import BuildReport, build
from indexer.encoder import Encoder
from indexer.models import Models, exported_models
from indexer.reference import DEFAULT_ENCODER
from indexer.snapshot import Snapshot, open_snapshot
from indexer.vectors import Progress
from search_api.app import create_app
from search_api.engine import Engine

os.environ["HF_HUB_OFFLINE"] = "1"
ROOT = Path(__file__).parent.parent
CACHE = ROOT / ".cache"
TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SHARED = ROOT.parent / "shared"

Builder = Callable[..., BuildReport]


@pytest.fixture(scope="session")
def models() -> Models:
    """The real encoder and the real judge, exported once."""
    return exported_models(DEFAULT_ENCODER, cache=CACHE / "encoders", say=lambda _: None)


@pytest.fixture(scope="session")
def encoder_folder(models: Models) -> Path:
    return models.encoder


@pytest.fixture(scope="session")
def encoder(encoder_folder: Path) -> Encoder:
    return Encoder(encoder_folder)


@pytest.fixture(scope="session")
def home(models: Models) -> Path:
    """A home folder whose current snapshot is the shipped library's."""
    folder = CACHE / "tests"
    try:
        previous: Snapshot | None = open_snapshot(folder)
    except SnapshotError:
        previous = None
    build(
        read_library(shipped_library()),
        home=folder,
        models=models,
        sources=["library"],
        now=datetime.now(UTC),
        previous=previous,
    )
    return folder


@pytest.fixture(scope="session")
def engine(home: Path) -> Engine:
    return Engine(open_snapshot(home))


@pytest.fixture(scope="session")
def client(home: Path) -> Iterator[TestClient]:
    """The real application, in process; a bug shows as its 500, not as an exception."""
    with TestClient(create_app(home), raise_server_exceptions=False) as opened:
        yield opened


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """The address of `coverage-search serve` over a home folder; it is stopped at the end."""
    server = subprocess.Popen(
        [sys.executable, "-m", "search_api.cli", "serve", "--port", "0", "--snapshot", str(home)],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stderr is not None
        yield next(line.split()[-5] for line in server.stderr if "running on" in line)
    finally:
        server.terminate()
        server.communicate(timeout=20)


@pytest.fixture(scope="session")
def address(home: Path) -> Iterator[str]:
    """The address of `coverage-search serve` over the shipped library."""
    with serving(home) as found:
        yield found


@pytest.fixture
def builder(tmp_path: Path, models: Models) -> Builder:
    """Builds documents into the test's own home folder with the real encoder."""

    def make(
        readings: list[Document | UnansweredQuestion],
        previous: Snapshot | None = None,
        progress: Progress = lambda step, done, of: None,
    ) -> BuildReport:
        return build(
            readings,
            home=tmp_path / "home",
            models=models,
            sources=["test"],
            now=NOW,
            previous=previous,
            progress=progress,
        )

    return make
