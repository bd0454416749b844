"""Seconds and memory that a full-size CMS export takes to be read and stored, embedding apart.

    python -m tests.benchmarks.full_export

Writes a synthetic export of the real one's size (345 NCDs, 940 LCDs, 2,002 articles, 431,120
covered diagnoses, about 40 MB zipped) in a process of its own, reads its three current bundles,
cuts passages, reads statements, writes BM25, store and rules, and prints seconds a step and the
highest resident memory of the reading process. Bars: 120 s, 1.5 GiB, on two cores.
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from corpus.readers.coverage_database import CURRENT
from corpus.readers.folders import How, read_source
from indexer.build import write_tables
from indexer.encoder import Encoder
from indexer.judges import Judge
from indexer.judging import decisions
from indexer.preparing import prepare, sort_out, to_judge
from indexer.snapshot import STORE
from indexer.store import Store
from search_api.building import default_models

TODAY = date(2026, 11, 23)
_WRITE = (
    "import sys; from pathlib import Path; from tests.cms.export import Sizes, write_export; "
    "write_export(Path(sys.argv[1]), Sizes(), bundles=('ncd', 'current_lcd', 'current_article'))"
)


def main() -> None:
    """Write, read, store, print."""
    models = default_models()
    encoder, judge = Encoder(models.encoder), Judge(models.sentences)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([sys.executable, "-c", _WRITE, name], check=True)
        size = sum((folder / bundle).stat().st_size for bundle in CURRENT)
        print(f"export: {size / 1e6:.1f} MB zipped")  # noqa: T201
        started = time.perf_counter()
        with step("reading"):
            heard = sort_out(
                each for bundle in CURRENT for each in read_source(folder / bundle, How(on=TODAY))
            )
        with step("sentences that may decide"):
            sentences = to_judge(heard.documents)
        judging = time.perf_counter()
        decided = dict(decisions(sentences, judge))
        judging = time.perf_counter() - judging
        with step("passages and statements"):
            prepared = list(prepare(heard.documents, encoder, decided, on=TODAY))
        (folder / "draft").mkdir()
        with step("BM25, store, rules"):
            write_tables(folder / "draft", prepared, heard, [], decided)
        seconds = time.perf_counter() - started - judging
        print(f"{len(sentences):,} sentences judged apart: {judging:.1f} s")  # noqa: T201
        store = Store(folder / "draft" / STORE)
        rows = {name: store.count(name) for name in ("documents", "passages", "statements",
                                                     "code_rules", "rule_diagnoses")}  # fmt: skip
        print(", ".join(f"{count:,} {name}" for name, count in rows.items()))  # noqa: T201
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"in all {seconds:.1f} s, at most {memory:,.0f} MiB")  # noqa: T201


@contextmanager
def step(name: str) -> Iterator[None]:
    """Print how long a step takes."""
    started = time.perf_counter()
    yield
    print(f"{name}: {time.perf_counter() - started:.1f} s")  # noqa: T201


if __name__ == "__main__":
    main()
