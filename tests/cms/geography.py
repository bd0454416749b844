"""Who pays where: states, contractors, and the states each is bound to.

state_lookup has 63 rows: the 56 two-letter states and territories, and seven parts of a state
with abbreviations that are no postal codes: "1N" is "California - Northern". A part belongs to
the state whose name stands before " - ". CMS's own abbreviations of such parts are not known to
us; these are a choice. California, New York and Missouri are served whole for Part A and in
parts for Part B.

A contractor's key is (contractor_id, contractor_type_id, contractor_version). Version 1 of four
of them bears an older business name, and all its states are terminated; other contractors, too,
hold terminated rows, some of states that they hold again by a later row.
"""

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from corpus.payers import STATES, all_contractors
from tests.cms.tables import Row

PARTS = {
    "1N": "California - Northern", "1S": "California - Southern",
    "2D": "New York - Downstate", "2Q": "New York - Queens", "2U": "New York - Upstate",
    "3E": "Missouri - Eastern", "3W": "Missouri - Western",
}  # fmt: skip
STATE_NAMES = STATES | PARTS
STATE_IDS = {
    code: number
    for number, code in enumerate(sorted(STATE_NAMES, key=lambda code: STATE_NAMES[code]), start=1)
}
TYPES = (
    "Carrier", "Fiscal Intermediary", "DMERC", "Regional Home Health Intermediary",
    "Program Safeguard", "Quality Improvement", "Rural Intermediary", "MAC - Part A",
    "MAC - Part B", "DME MAC", "HHH MAC", "Specialty MAC", "Recovery Auditor",
)  # fmt: skip
_TYPE = {"A": 8, "B": 9, "DME": 10, "HHH": 11}
_ISLANDS = {"AS", "GU", "MP"}  # on Hawaii's contract numbers
_FORMER = ("Cahaba Government Benefit Administrators", "Trailblazer Health Enterprises")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contractor:
    """One contract number: its key, its holder's name, and its states, live and terminated."""

    id: int
    type: int
    version: int
    name: str
    number: str
    area: str  # "JF A/B", "JF B", "DME", "JM HHH"
    live: tuple[str, ...]
    ended: tuple[str, ...] = ()

    @property
    def states(self) -> frozenset[str]:
        """Two-letter states that it holds today, parts counted as their state."""
        return frozenset(state_of(code) for code in self.live)


def state_of(code: str) -> str:
    """The two-letter state of a part of a state; any other code is its own."""
    if code not in PARTS:
        return code
    name = PARTS[code].partition(" - ")[0]
    return next(state for state, full in STATES.items() if full == name)


@cache
def contractors() -> tuple[Contractor, ...]:
    """Every contractor, those of today first, then the older versions of four of them."""
    rng = random.Random("contractors")
    today: list[Contractor] = []
    for number, (name, area, claim, live) in enumerate(_contracts()):
        ended = tuple(rng.sample(sorted(STATE_NAMES), k=1)) if number % 3 == 1 else ()
        again = live[:1] if number % 17 == 4 else ()  # terminated once, and held again
        today.append(
            Contractor(
                id=100 + number * 3,
                type=_TYPE[claim],
                version=2 if number % 30 == 5 else 1,
                name=name,
                number=f"{1101 + number * 101:05d}",
                area=area,
                live=live,
                ended=tuple(code for code in ended if code not in live) + again,
            )
        )
    return (*today, *(_older(each) for each in today if each.version == 2))


def _older(newer: Contractor) -> Contractor:
    return Contractor(
        id=newer.id,
        type=newer.type,
        version=1,
        name=_FORMER[newer.id % 2],
        number=newer.number,
        area="former",
        live=(),
        ended=(*newer.live, "GA"),
    )


def _contracts() -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """(name, area, claim type, states) of each contract number of today."""
    wide: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for row in all_contractors():
        if row.claim_type != "A/B":
            area = "DME" if row.claim_type == "DME" else f"{row.jurisdiction} HHH"
            wide[row.name, f"{row.jurisdiction} {area}", row.claim_type].append(row.state)
        elif row.state not in _ISLANDS:
            live = (row.state, *sorted(_ISLANDS)) if row.state == "HI" else (row.state,)
            area = f"{row.jurisdiction} A/B"
            if (row.state, row.jurisdiction) != ("VA", "JL"):  # Northern Virginia: Part B alone
                yield row.name, area, "A", live
            parts = [code for code in PARTS if state_of(code) == row.state]
            yield from ((row.name, area, "B", (part,)) for part in parts)
            if not parts:
                yield row.name, area, "B", live
    for (name, area, claim), live_states in wide.items():
        yield name, area.partition(" ")[2], claim, tuple(live_states)


@cache
def areas() -> dict[str, tuple[Contractor, ...]]:
    """Contractors that share documents: those of a jurisdiction, all DME MACs, older versions."""
    found: dict[str, list[Contractor]] = defaultdict(list)
    for each in contractors():
        found[each.area].append(each)
    return {area: tuple(members) for area, members in found.items()}


def jurisdiction_rows(today: date) -> Iterator[Row]:
    """Rows of contractor_jurisdiction; a terminated row's term_date lies before today."""
    for each in contractors():
        rows = [(code, False) for code in each.live] + [(code, True) for code in each.ended]
        for code, ended in sorted(rows, key=lambda row: (STATE_IDS[row[0]], not row[1])):
            begun = date(2005, 7, 1) if ended else date(2013, 8, 19)
            stop = today - timedelta(days=700 + each.id) if ended else None
            yield {
                **_key(each),
                "state_id": STATE_IDS[code],
                "last_updated": "2013-08-19 04:10:11.327000000",
                "active_date": "" if each.id % 7 == 0 else f"{begun} 00:00:00",
                "term_date": f"{stop} 00:00:00" if stop else "",
            }


def contractor_rows() -> Iterator[Row]:
    """Rows of contractor; addresses and names of people are invented."""
    for each in contractors():
        yield {
            **_key(each),
            "contractor_bus_name": each.name,
            "contractor_number": each.number,
            "dmerc_rgn": 0,
            "address1": f"{each.id} Example Way\nSuite {each.type}" if each.id % 5 == 0 else "",
            "city": "Springfield",
            "state_id": STATE_IDS[(each.live or each.ended)[0]],
            "zipcode": "00000",
            "phone": "555-0100",
            "status": "A" if each.live else "I",
            "last_updated": "2024-01-09 10:11:12.123000000",
            "url": "https://mac.example",
            "ignore": "N",
            "status_flag": "A",
            "contractor_subtype_id": 1,
        }


def _key(each: Contractor) -> dict[str, object]:
    return {
        "contractor_id": each.id,
        "contractor_type_id": each.type,
        "contractor_version": each.version,
    }
