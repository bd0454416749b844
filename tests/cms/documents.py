"""Which documents an export holds: identifiers, versions, dates, and the part each plays.

A draft of a new LCD displays its own identifier ("DL39950"); a draft that revises an LCD has an
identifier of its own and displays another's. A successor that is not yet in force stands in the
current file beside the version in force, whose last day is then the day before.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from tests.cms.records import Kind, Sizes, Status

DAY = timedelta(days=1)
NUMBERS = {0: (226, "240.4"), 8: (160, "150.1"), 9: (17, "150.10"), 10: (391, "20.8.1")}
_NCD_ROLES = {
    1: "revised", 2: "retired by title", 3: "retired in front", 4: "terminated", 6: "undated",
    7: "retired with date",
}  # fmt: skip
_LCD_ROLES = {
    0: "long", 1: "retired", 2: "proposed", 3: "future", 5: "next", 6: "proposed revision",
    7: "ending", 8: "retired long ago",
}  # fmt: skip
_ARTICLE_ROLES = {9: "ending", 11: "future", 12: "retired", 13: "proposed", 15: "next"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """A version of a document: identifiers, dates, and the part it plays in the test data."""

    kind: Kind
    id: int
    version: int
    number: str
    index: int
    role: str
    status: Status
    original: date
    effective: date | None
    last_day: date | None
    current: bool = True

    @property
    def key(self) -> tuple[Kind, int, int]:
        """Kind, identifier and version, which no two versions share."""
        return self.kind, self.id, self.version

    def rng(self, seed: int, purpose: str) -> random.Random:
        """Chance of this document's own, the same for all its versions."""
        return random.Random(f"{seed}/{self.kind}/{self.id}/{purpose}")


def specs(sizes: Sizes, *, seed: int, today: date, older: bool) -> list[Spec]:
    """Every version to write; those that stand only in the "all_" files where older is true."""
    rng = random.Random(seed)
    local = [
        *_local("lcd", sizes.lcds, range(33_000, 40_000), rng, today),
        *_local("article", sizes.articles, range(52_000, 60_000), rng, today),
    ]
    ncds = list(_national(sizes.ncds, rng, today))
    if not older:
        return [*ncds, *local]
    taken = {(each.kind, each.id): each for each in reversed(local)}  # the lowest version of each
    return [*ncds, *local, *(each for spec in taken.values() for each in _older(spec, rng))]


def _national(count: int, rng: random.Random, today: date) -> Iterator[Spec]:
    fixed = dict(NUMBERS.values())
    ids = rng.sample([number for number in range(1, 460) if number not in fixed], k=count)
    numbers = [f"{ten}.{unit}" for ten in range(10, 320, 10) for unit in range(1, 20)]
    free = rng.sample([number for number in numbers if number not in fixed.values()], k=count)
    for index in range(count):
        number_id, number = NUMBERS.get(index, (ids[index], free[index]))
        role = _NCD_ROLES.get(index % 29, "")
        began = today - timedelta(days=rng.randrange(400, 12_000))
        ended = role in ("terminated", "retired with date")
        spec = Spec(
            kind="ncd", id=number_id, version=rng.randrange(1, 4) + (role == "revised"),
            number=number, index=index, role=role,
            status="R" if role.startswith(("retired", "terminated")) else "A",
            original=began, effective=None if role == "undated" else began,
            last_day=began + timedelta(days=333) if ended else None,
        )  # fmt: skip
        if role == "revised":
            yield replace(
                spec, version=spec.version - 1, status="R", effective=began - 2000 * DAY,
                last_day=began - DAY, current=False,
            )  # fmt: skip
        yield spec


def _local(kind: Kind, count: int, ids: range, rng: random.Random, today: date) -> Iterator[Spec]:
    """Specs of the current file, by identifier as drawn; "next" shares the one before it."""
    roles = _LCD_ROLES if kind == "lcd" else _ARTICLE_ROLES
    drawn = rng.sample(ids, k=count)
    previous: Spec | None = None
    for index in range(count):
        role = roles.get(index % 80, "")
        spec = _placed(kind, drawn[index], index, role, rng, today)
        if role == "next" and previous is not None:  # in force, and its successor, side by side
            spec = replace(
                previous, version=previous.version + 3, index=index, role=role,
                effective=today + 40 * DAY, last_day=None,
            )  # fmt: skip
            previous = replace(previous, last_day=today + 39 * DAY)
        if previous is not None:
            yield previous
        previous = spec
    if previous is not None:
        yield previous


def _placed(kind: Kind, drawn: int, index: int, role: str, rng: random.Random, today: date) -> Spec:
    letter = "L" if kind == "lcd" else "A"
    began = today - timedelta(days=rng.randrange(60, 2500))
    effective: date | None = began
    last_day: date | None = None
    number = f"{letter}{drawn}"
    match role.split(" ")[0]:
        case "retired":
            last_day = began + timedelta(days=rng.randrange(1, (today - began).days))
        case "future":
            effective = began = today + timedelta(days=rng.randrange(5, 60))
        case "ending":
            last_day = today + timedelta(days=rng.randrange(5, 60))
        case "proposed":
            effective = None
            shown = 33_000 + (drawn - 31_500) % 7000 if role == "proposed revision" else drawn
            number = f"D{letter}{shown}"
    status: Status = "R" if role.startswith("retired") else "P" if role[:8] == "proposed" else "A"
    return Spec(
        kind=kind, id=drawn, version=rng.randrange(4, 60) if effective else 1, number=number,
        index=index, role=role, status=status,
        original=began if role == "future" else began - timedelta(days=900),
        effective=effective, last_day=last_day,
    )  # fmt: skip


def _older(newest: Spec, rng: random.Random) -> Iterator[Spec]:
    """One or two versions before a document's first current one, each ended the day before."""
    next_one = newest
    for back in range(1, rng.randrange(2, 4)):
        if newest.effective is None or newest.role == "future":
            return
        assert next_one.effective is not None
        next_one = replace(
            next_one, version=newest.version - back, current=False, status="A",
            role="older", last_day=next_one.effective - DAY,
            effective=next_one.effective - timedelta(days=rng.randrange(90, 400)),
        )  # fmt: skip
        yield next_one


def chosen(all_specs: Sequence[Spec], share: float, seed: int) -> frozenset[tuple[Kind, int, int]]:
    """The share of the current documents whose text is edited, at least one where above 0."""
    if not share:
        return frozenset()
    keys = sorted(each.key for each in all_specs if each.current)
    count = max(1, round(share * len(keys)))
    return frozenset(random.Random(f"{seed}/edited").sample(keys, k=count))
