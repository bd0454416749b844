"""Snapshots: one checksummed, read-only, self-contained folder each, written whole or not at all.

A home folder holds snapshots by id and a file CURRENT that names the one in use:
draft folder, fsync, rename, then CURRENT is replaced. `open_snapshot` takes the home folder or
one snapshot's own. The query encoder lies inside: a snapshot answers alone.
"""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.errors import EncoderError, SnapshotError
from indexer.dense import DenseIndex
from indexer.encoder import Encoder
from indexer.judges import Judge
from indexer.lexical import LexicalIndex
from indexer.store import Store

FORMAT = 4
MANIFEST, CURRENT = "manifest.json", "CURRENT"
STORE, DENSE, LEXICAL = "store.sqlite", "dense.faiss", "lexical"
STATEMENTS, ENCODER, POINTERS = "statements.npy", "encoder", "pointers"
RULES = "rules"  # the judge that tells whether a rule fits a question
ASKING, WAYS = "asking", "ways.faiss"  # the encoder of questions, and the ways to ask by it

# BM25 fields, with the weights that the evaluation gave (docs/evaluation.md): the whole document
# as one field, its title and the ways to ask for it a little more.
DOCUMENT_FIELDS = ("whole", "title", "questions")
DOCUMENT_KEYWORDS = ("audience", "kind", "state")
POINTER_FIELDS, POINTER_KEYWORDS = ("title",), ("state",)
ADVANTAGE_AUDIENCE = "line:advantage"  # beside payers' names: every Medicare Advantage policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The facts of a build; `files` maps each file's path in the folder to its sha256."""

    format: int
    id: str
    created: str
    encoder: str
    judge: str
    sources: tuple[str, ...]
    documents: int
    passages: int
    statements: int
    vectors: int
    ways: int
    unanswered: int
    pointers: int
    files: dict[str, str]


class Snapshot:
    """An opened snapshot; its parts load when first used."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest

    @cached_property
    def store(self) -> Store:
        """Documents, passages, statements, codes."""
        return Store(self.folder / STORE)

    @cached_property
    def dense(self) -> DenseIndex:
        """The vectors of passages and of questions that documents are asked by."""
        return DenseIndex.open(self.folder / DENSE)

    @cached_property
    def lexical(self) -> LexicalIndex:
        """BM25 over whole documents, by document row."""
        return LexicalIndex(
            self.folder / LEXICAL, fields=DOCUMENT_FIELDS, keywords=DOCUMENT_KEYWORDS
        )

    @cached_property
    def pointers(self) -> LexicalIndex:
        """BM25 over the titles of local documents that a listing names, by pointer row."""
        return LexicalIndex(
            self.folder / POINTERS, fields=POINTER_FIELDS, keywords=POINTER_KEYWORDS
        )

    @cached_property
    def statement_vectors(self) -> NDArray[np.float32]:
        """[statements, dimension] float32 unit vectors of the deciding words, by statement row."""
        try:
            vectors: NDArray[np.float32] = np.load(
                self.folder / STATEMENTS, mmap_mode="r", allow_pickle=False
            )
        except ValueError as error:
            raise SnapshotError(f"{self.folder}: {STATEMENTS} is damaged") from error
        return vectors

    @cached_property
    def encoder(self) -> Encoder:
        """The question encoder."""
        try:
            return Encoder(self.folder / ENCODER)
        except EncoderError as error:
            raise SnapshotError(str(error)) from error

    @cached_property
    def ways(self) -> DenseIndex:
        """The vectors of ways to ask for rules, by way row."""
        return DenseIndex.open(self.folder / WAYS)

    @cached_property
    def asking(self) -> Encoder:
        """The encoder of questions: those that ask for the same rule lie near one another."""
        try:
            return Encoder(self.folder / ASKING)
        except EncoderError as error:
            raise SnapshotError(str(error)) from error

    @cached_property
    def rule_judge(self) -> Judge:
        """The judge that tells whether a rule fits a question."""
        try:
            return Judge(self.folder / RULES)
        except EncoderError as error:
            raise SnapshotError(str(error)) from error


def open_snapshot(path: Path) -> Snapshot:
    """The snapshot in a folder, or the current one of a home folder.

    Files are checked for presence and size of the manifest only; `verify` reads all of them.
    Raises SnapshotError where there is none, or of another format, or with files missing.
    """
    folder = _folder(path)
    try:
        fields = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        version = fields["format"]
        if version != FORMAT:
            raise SnapshotError(f"{folder}: format {version}, this release reads {FORMAT}")
        manifest = Manifest(**{**fields, "sources": tuple(fields["sources"])})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SnapshotError(f"{folder}: no readable manifest ({error})") from error
    missing = [name for name in manifest.files if not (folder / name).is_file()]
    if missing:
        raise SnapshotError(f"{folder}: {missing[0]} is missing")
    return Snapshot(folder, manifest)


def verify(snapshot: Snapshot) -> int:
    """The number of files whose sha256 agrees with the manifest.

    Raises SnapshotError naming the first file that differs, or that the manifest doesn't know.
    """
    found = dict(_digests(snapshot.folder))
    for name, digest in snapshot.manifest.files.items():
        if found.get(name) != digest:
            raise SnapshotError(f"{snapshot.folder}: {name} is not what was built")
    strange = found.keys() - snapshot.manifest.files.keys()
    if strange:
        raise SnapshotError(f"{snapshot.folder}: {min(strange)} is not part of the snapshot")
    return len(found)


@contextlib.contextmanager
def draft(home: Path) -> Iterator[Path]:
    """A new folder inside the home to build in; gone afterwards unless `publish` moved it."""
    home.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".draft-", dir=home))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish(folder: Path, home: Path, *, now: datetime, **facts: object) -> Path:
    """Seal a draft: manifest, fsync of every file, rename, CURRENT. The snapshot's folder.

    facts: the manifest's fields but format, id, created and files.
    """
    files = dict(_digests(folder))
    seal = hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()[:6]
    identifier = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{seal}"
    manifest = Manifest(
        format=FORMAT,
        id=identifier,
        created=now.astimezone(UTC).isoformat(),
        files=files,
        **facts,  # type: ignore[arg-type]
    )
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1) + "\n", encoding="utf-8")
    for path in sorted(folder.rglob("*"), reverse=True):
        _fsync(path)
    target = home / identifier
    folder.chmod(0o755)
    if not target.exists():  # the same content, built twice within a second
        os.rename(folder, target)
    _replace(home / CURRENT, identifier + "\n")
    return target


def _folder(path: Path) -> Path:
    if (path / MANIFEST).exists():
        return path
    try:
        name = (path / CURRENT).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SnapshotError(f"{path}: no snapshot here") from error
    return path / name


def _digests(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        # tantivy's lock files are made whenever an index is opened, and hold nothing.
        if path.is_file() and name != MANIFEST and not path.name.endswith(".lock"):
            with path.open("rb") as file:
                yield name, hashlib.file_digest(file, "sha256").hexdigest()


def _fsync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _replace(path: Path, text: str) -> None:
    """Write a small file so that it appears whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".draft-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(name, path)
    _fsync(path.parent)
