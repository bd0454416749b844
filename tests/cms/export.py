"""A synthetic export of the Medicare Coverage Database, as CMS publishes it in bulk.

write_export writes the zips and returns the truth: what a reader must find in them. The tables,
columns, nesting and quirks are those of CMS's files; the words, the diagnosis lists and most
identifiers are invented. See geography for states and contractors, coding for the pairing of
procedures with diagnoses, documents for versions, and prose for HTML and its escapes.
"""

import random
import shutil
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.cms.documents import Spec, chosen, specs
from tests.cms.drafts import Draft, draft, row_counts
from tests.cms.records import SMALL, Group, Kind, Sizes, Truth, TruthDocument
from tests.cms.rows import rows_of
from tests.cms.tables import ALL_DATA, BUNDLES, write_all_data, write_bundle

__all__ = ["SMALL", "Group", "Kind", "Sizes", "Truth", "TruthDocument", "write_export"]

EVERY_BUNDLE = (*BUNDLES, ALL_DATA)


def write_export(
    folder: Path,
    sizes: Sizes = SMALL,
    *,
    seed: int = 0,
    today: date = date(2026, 11, 23),
    edited: float = 0.0,
    bundles: tuple[str, ...] = EVERY_BUNDLE,
) -> Truth:
    """Write ncd.zip, current_lcd.zip, ..., all_data.zip into folder, or the bundles named.

    edited is the share of the current documents of which one sentence differs from what the same
    seed writes with edited=0. The truth holds the documents of the bundles written. Raises
    ValueError for a share outside 0 to 1 and for a bundle that is none.
    """
    if not 0 <= edited <= 1:
        raise ValueError(f"edited is a share from 0 to 1, not {edited}")
    if unknown := set(bundles) - set(EVERY_BUNDLE):
        raise ValueError(f"no such bundles: {sorted(unknown)}; choose of {EVERY_BUNDLE}")
    parts = BUNDLES if ALL_DATA in bundles else tuple(b for b in BUNDLES if b in bundles)
    older = any(part.startswith("all_") for part in parts)
    planned = specs(sizes, seed=seed, today=today, older=older)
    kept = [each for each in planned if any(_stands_in(each, part) for part in parts)]
    changed = chosen(kept, edited, seed)
    counts = row_counts([e for e in planned if e.kind == "article" and e.current], sizes, seed)
    drafts = [
        draft(
            each,
            tuple(links),
            counts[each.index] if each.kind == "article" else None,
            seed=seed,
            edited=each.key in changed,
        )
        for each, links in zip(kept, _links(kept, planned), strict=True)
    ]
    drafts.sort(key=lambda each: each.spec.key)
    with TemporaryDirectory(dir=folder) as workplace:
        for part in parts:
            _write(Path(workplace), part, drafts, sizes.junk_bytes // 3, seed, today)
        if ALL_DATA in bundles:
            zips = [Path(workplace, f"{part}.zip") for part in BUNDLES]
            write_all_data(Path(workplace, f"{ALL_DATA}.zip"), zips)
        for name in bundles:
            shutil.move(Path(workplace, f"{name}.zip"), folder / f"{name}.zip")
    return Truth(documents=tuple(each.truth for each in drafts), edited=tuple(sorted(changed)))


def _stands_in(spec: Spec, bundle: str) -> bool:
    if bundle == "ncd":
        return spec.kind == "ncd"
    when, _, kind = bundle.partition("_")
    return spec.kind == kind and (when == "all" or spec.current)


def _write(
    folder: Path, bundle: str, drafts: Sequence[Draft], junk: int, seed: int, today: date
) -> None:
    held = [each for each in drafts if _stands_in(each.spec, bundle)]
    write_bundle(
        folder / f"{bundle}.zip",
        bundle,
        lambda table: rows_of(table, held, today),
        junk=junk,
        rng=random.Random(f"{seed}/{bundle}"),
    )


def _links(kept: Sequence[Spec], planned: Sequence[Spec]) -> Iterator[list[Spec]]:
    """What each version names as related, in the order of kept."""
    current: dict[str, list[Spec]] = {"ncd": [], "lcd": [], "article": []}
    for each in planned:
        if each.current:
            current[each.kind].append(each)
    yield from (_linked(each, current) for each in kept)


def _linked(spec: Spec, current: dict[str, list[Spec]]) -> list[Spec]:
    """Related LCDs and articles, not always of one accord with what those name, and NCDs.

    An article names one LCD; the LCD names its articles but for every seventh, which is so
    linked one way alone. Some LCDs name an article that no bundle holds. NCDs name nothing.
    """
    lcds, articles = current["lcd"], current["article"]
    found: list[Spec] = []
    if spec.kind == "ncd":
        return found
    if spec.kind == "lcd":
        found += [each for each in articles[spec.index :: len(lcds)] if each.index % 7 != 3]
        found += [lcds[spec.index - 1]] if spec.index % 6 == 4 else []
        found += [_absent(articles)] if spec.index % 16 == 2 else []
    else:
        found += [lcds[spec.index % len(lcds)]] if lcds else []
        found += [articles[spec.index - 1]] if spec.index % 5 == 2 else []
    ncds = current["ncd"]
    if ncds and spec.index % 3 == 0:
        found += [ncds[(spec.index * step) % len(ncds)] for step in (1, 2)]
    return list({each.number: each for each in found if each.id != spec.id}.values())


def _absent(articles: Sequence[Spec]) -> Spec:
    taken = {each.id for each in articles}
    number = next(number for number in range(59_999, 52_000, -1) if number not in taken)
    return Spec(
        kind="article", id=number, version=1, number=f"A{number}", index=0, role="",
        status="A", original=date(2015, 10, 1), effective=None, last_day=None,
    )  # fmt: skip
