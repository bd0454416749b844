"""Anything a user names: a CMS download, a saved answer of the API, a file, a folder of files.

A folder may hold a `source.toml`: the payer, plan, kind and dates of its files, and what differs
for single ones under [files."name.pdf"]. Folders inside are read too, each by its own.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import Field, ValidationError

from corpus.errors import CorpusError
from corpus.readers.about import About, Shared
from corpus.readers.coverage_api import is_saved, read_answer, read_saved
from corpus.readers.coverage_database import is_export, read_coverage_database
from corpus.readers.listings import is_listing, read_listing
from corpus.readers.pages import SUFFIXES, read_file
from corpus.records import Notice, Reading

SOURCE = "source.toml"
READ = (*SUFFIXES, ".zip", ".json", ".csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How sources are read.

    on: the day that counts as today. history: every version of a full CMS download. descriptors:
    keep CPT's descriptors, for holders of a licence of the AMA.
    """

    on: date
    history: bool = False
    descriptors: bool = False


class SourceFile(Shared):
    """A folder's source.toml: what holds for all of its files, and for single ones."""

    files: dict[str, About] = Field(default_factory=dict)


def read_source(path: Path, how: How) -> Iterator[Reading]:
    """The readings of one path. Raises CorpusError naming file and place."""
    if path.is_dir():
        yield from _folder(path, how, path.name, set())
    elif not path.is_file():
        raise CorpusError(path, None, "no such file or folder")
    else:
        yield from _file(path, how, About())


def _file(path: Path, how: How, about: About) -> Iterator[Reading]:
    if not path.is_file():
        raise CorpusError(path, None, "is no file, or a link that leads nowhere")
    if path.suffix.lower() == ".csv" and not is_listing(path):
        yield Notice("is no listing of local documents; passed over", str(path))
    elif is_export(path) or path.suffix.lower() == ".zip":
        yield from read_coverage_database(
            path, on=how.on, history=how.history, descriptors=how.descriptors
        )
    elif path.suffix.lower() == ".json":
        yield from read_answer(path, on=how.on)
    elif is_listing(path):
        yield from read_listing(path)
    else:
        yield from read_file(path, about)


def _folder(folder: Path, how: How, name: str, seen: set[Path]) -> Iterator[Reading]:
    """A folder's files in order of their names; what none of the readers reads is reported.

    name: how ids begin. seen: folders read so far: a link may lead back to one.
    """
    if folder.resolve() in seen:
        return
    seen.add(folder.resolve())
    if is_saved(folder):
        yield from read_saved(folder, on=how.on, descriptors=how.descriptors)
        return
    source = _source(folder)
    for path in sorted(each for each in folder.iterdir() if not each.name.startswith(".")):
        if path.is_dir():
            yield from _folder(path, how, f"{name}/{path.name}", seen)
        elif path.suffix.lower() in READ:
            yield from _file(path, how, _about(path, name, source))
        elif path.name != SOURCE:
            yield Notice("is of no kind that is read here; passed over", str(path))


def _source(folder: Path) -> SourceFile:
    path = folder / SOURCE
    if not path.exists():
        return SourceFile()
    try:
        source = SourceFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "source"
        raise CorpusError(path, None, f"{field}: {first['msg']}") from error
    except (ValueError, OSError) as error:  # TOML's and Unicode's errors are ValueErrors
        raise CorpusError(path, None, f"not TOML: {error}") from error
    beside = {each.name for each in folder.iterdir() if each.is_file()}
    missing = [name for name in source.files if name not in beside]
    if missing:
        raise CorpusError(path, None, f"files.{missing[0]!r}: there is no such file beside it")
    return source


def _about(path: Path, name: str, source: SourceFile) -> About:
    """What is known of a file: its own entry first, then the folder's."""
    own = source.files.get(path.name, About())
    given = source.model_dump(exclude_unset=True, exclude={"files"}) | own.model_dump(
        exclude_unset=True
    )
    return About.model_validate({"id": f"{name}/{path.stem}", **given})
