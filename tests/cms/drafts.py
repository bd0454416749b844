"""Documents as they are written: each version's text, codes, links and truth.

The versions of a document share their text but for the key sentence, so that an old version
differs from the new one as little as it does in the real files.
"""

import html
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tests.cms.coding import (
    DESIGNS,
    CodeGroup,
    Design,
    covered_groups,
    procedure_groups,
    uncovered_groups,
    uncovered_kind,
)
from tests.cms.documents import Spec
from tests.cms.geography import Contractor, areas
from tests.cms.prose import STYLES, Block, Cell, any_style, cell, compose, paragraph
from tests.cms.records import Group, Sizes, TruthDocument
from tests.cms.words import Topic, boilerplate, key_sentence, topic

Sections = tuple[tuple[str, str], ...]
# Column: plain characters on average, and (heading, kind of sentence) of its sections. Truth is
# drawn from the columns above the gap alone: a reader may leave the others out.
_NCD_TEXT: dict[str, tuple[int, Sections]] = {
    "indctn_lmtn": (
        5000,
        (
            ("B. Nationally Covered Indications", "covered"),
            ("C. Nationally Non-covered Indications", "noncovered"),
            ("D. Other", "limits"),
        ),
    ),
    "itm_srvc_desc": (1900, (("A. General", "background"),)),
    "othr_txt": (200, (("", "limits"),)),
    "rev_hstry": (400, (("", "background"),)),
}
_LCD_TEXT: dict[str, tuple[int, Sections]] = {
    "indication": (
        13_000,
        (
            ("Indications", "covered"),
            ("Definitions and Scope", "background"),
            ("Limitations", "noncovered"),
            ("Repeat Courses", "limits"),
            ("Covered Settings", "covered"),
        ),
    ),
    "associated_info": (2200, (("Documentation Requirements", "documentation"),)),
    "util_guide": (600, (("Utilization Guidelines", "limits"),)),
    "doc_reqs": (500, (("", "documentation"),)),
    "cms_cov_policy": (900, (("", "limits"),)),
    "summary_of_evidence": (7000, (("Summary of Studies", "evidence"), ("", "evidence"))),
    "analysis_of_evidence": (2600, (("Rationale", "evidence"),)),
    "bibliography": (2400, (("", "citation"),)),
    "source_info": (200, (("", "citation"),)),
}
_ARTICLE_TEXT: dict[str, tuple[int, Sections]] = {
    "description": (
        8000,
        (
            ("Article Guidance", "limits"),
            ("Reporting the Service", "documentation"),
            ("Covered Uses", "covered"),
            ("Exclusions", "noncovered"),
        ),
    ),
    "other_comments": (500, (("Comments", "limits"),)),
    "cms_cov_policy": (400, (("", "limits"),)),
    "history_exp": (200, (("", "background"),)),
}
_TEXT = {"ncd": _NCD_TEXT, "lcd": _LCD_TEXT, "article": _ARTICLE_TEXT}
_READ = {"ncd": 2, "lcd": 4, "article": 2}
_FIRST_AREAS = ("JE A/B", "JN A/B", "DME", "JM HHH", "JK A/B", "J5 A/B", "JF A/B")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """How many diagnoses each group of an article has: of those covered, and of the others."""

    covered: tuple[int, ...]
    uncovered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A version of a document, ready to be written."""

    spec: Spec
    truth: TruthDocument
    title: str  # as the cell has it, with entities
    cells: dict[str, str]
    contractors: tuple[Contractor, ...]
    procedures: tuple[CodeGroup, ...]
    covered: tuple[CodeGroup, ...]
    noncovered: tuple[CodeGroup, ...]
    links: tuple[Spec, ...]

    @property
    def article_type(self) -> int:
        """Which row of article_type_lookup the article is."""
        return design_of(self.spec).article_type


def design_of(spec: Spec) -> Design:
    """The layout of an article's codes."""
    if spec.index < len(DESIGNS):
        return DESIGNS[spec.index]
    rng = random.Random(f"design/{_place(spec)}")
    return rng.choices(DESIGNS, [each.weight for each in DESIGNS])[0]


def _place(spec: Spec) -> int:
    """The index that a document and its successor share."""
    return spec.index - (spec.role == "next")


def uncovered_of(spec: Spec) -> str:
    """How an article states what does not support coverage."""
    return uncovered_kind(spec.index, design_of(spec), random.Random(f"uncovered/{spec.index}"))


def row_counts(articles: Sequence[Spec], sizes: Sizes, seed: int) -> dict[int, Rows]:
    """Rows of each current article, by index; their sums are exactly what sizes asks for."""
    rng = random.Random(f"{seed}/rows")
    covered = [(each.index, kind) for each in articles for kind in design_of(each).covered]
    kinds = {each.index: uncovered_of(each) for each in articles}
    coded = [n for n, kind in kinds.items() if kind in ("codes", "empty", "named", "two")]
    marks = sum(kind == "none" for _, kind in covered)  # one placeholder each
    shares = iter(_shares(sizes.covered_rows - marks, len(covered) - marks, rng))
    by_index: dict[int, list[int]] = {each.index: [] for each in articles}
    for index, kind in covered:
        by_index[index].append(1 if kind == "none" else next(shares))
    other = sizes.noncovered_rows - sum(kind == "placeholder" for kind in kinds.values())
    uncovered = dict(zip(coded, _shares(other, len(coded), rng), strict=True))
    for index in coded:
        if kinds[index] == "two":  # two groups of the same size
            uncovered[index] = max(1, uncovered[index] // 2)
    single = [index for index in coded if kinds[index] != "two"]
    written = sum(uncovered[n] * (2 if kinds[n] == "two" else 1) for n in coded)
    if single:
        uncovered[max(single, key=uncovered.__getitem__)] += other - written
    return {n: Rows(covered=tuple(by_index[n]), uncovered=uncovered.get(n, 0)) for n in by_index}


def _shares(total: int, parts: int, rng: random.Random) -> list[int]:
    """Whole numbers above 0 that add up to total, some far larger than others."""
    weights = [min(rng.paretovariate(1.1), 60.0) for _ in range(parts)]
    shares = [max(1, int((total - parts) * weight / sum(weights))) for weight in weights]
    if parts:
        shares[0] += max(0, total - sum(shares))
    return shares


def draft(
    spec: Spec, links: tuple[Spec, ...], rows: Rows | None, *, seed: int, edited: bool
) -> Draft:
    """Write one version; rows is given for articles. edited changes the key sentence."""
    about = topic(spec.rng(seed, "topic"))
    payers = _contractors(spec, seed)
    cells, sentences, headings = _text(spec, about, payers, seed, edited)
    procedures, covered, noncovered = _groups(spec, rows, seed)
    title = _title(spec, about)
    truth = TruthDocument(
        kind=spec.kind, number=spec.number, id=spec.id, version=spec.version,
        title=html.unescape(title), level=level_of(spec) if spec.kind == "ncd" else None,
        status=spec.status, effective=spec.effective, last_day=spec.last_day,
        states=frozenset(state for payer in payers for state in payer.states),
        contractors=frozenset(payer.name for payer in payers),
        sentences=sentences, headings=headings,
        procedures=frozenset(code for group in procedures for code in group.codes),
        covered=_truths(covered), noncovered=_truths(noncovered),
        unlisted_denied=spec.kind == "article" and uncovered_of(spec) in ("denied", "placeholder"),
        related=frozenset(each.number for each in links), current=spec.current,
    )  # fmt: skip
    return Draft(
        spec=spec, truth=truth, title=title, cells=cells, contractors=payers,
        procedures=procedures, covered=covered, noncovered=noncovered, links=links,
    )  # fmt: skip


def level_of(spec: Spec) -> int:
    """An NCD's cvrg_lvl_cd: 1 full, 2 restricted, 3 none, 4 undefined."""
    return (2, 3, 2, 1, 2, 4)[spec.index % 6]


def _truths(groups: Sequence[CodeGroup]) -> tuple[Group, ...]:
    return tuple(group.truth for group in groups if group.truth)


def _title(spec: Spec, about: Topic) -> str:
    title = about.title
    if _place(spec) % 9 == 3:
        title = title.replace(" ", "&reg; ", 1)
    elif _place(spec) % 9 == 5:
        title = title.replace(" for ", " – ").replace(" For ", " – ")
    elif _place(spec) % 9 == 6:
        title += " &amp; Related Care"
    match spec.kind, spec.role:
        case "ncd", "retired by title" | "retired with date":
            return f"{title} (RETIRED)"
        case "ncd", "retired in front":
            return f"RETIRED - {title}"
        case "article", _:
            form = {
                2: "Response to Comments: {}",
                4: "{} - Policy Article",
                6: "Billing and Coding: {}",
            }
            return form.get(design_of(spec).article_type, "{}").format(title)
    return title


def _contractors(spec: Spec, seed: int) -> tuple[Contractor, ...]:
    if spec.kind == "ncd":
        return ()
    place = _place(spec)
    if spec.kind == "lcd" and place % 80 == 8:  # retired when these contractors still were
        return areas()["former"][:1]
    rng = spec.rng(seed, "area")
    names = [name for name in areas() if name != "former"]
    weights = [2 if name == "DME" else 3 if name.endswith("A/B") else 0.4 for name in names]
    area = rng.choices(names, weights)[0]
    found = areas()[_FIRST_AREAS[place] if place < len(_FIRST_AREAS) else area]
    if place % 16 == 4:  # for Part B alone
        return tuple(each for each in found if each.type == 9) or found
    return found[::2] if place % 16 == 9 else found


def _text(
    spec: Spec, about: Topic, payers: Sequence[Contractor], seed: int, edited: bool
) -> tuple[dict[str, str], tuple[str, ...], tuple[str, ...]]:
    """The long cells, and the sentences and headings that a reader must find in them."""
    rng = spec.rng(seed, "text")
    key = key_sentence(about, 11 + (spec.id * 7 + spec.version * 13) % 80 + edited)
    written = dict(_cells(spec, about, payers, key, rng))
    readable = list(written.values())[: _READ[spec.kind]]
    sentences = [key]
    for each in readable:
        sentences += rng.sample(each.sentences, k=min(2, len(each.sentences)))
    headings = dict.fromkeys(words for each in readable for words in each.headings)
    cells = {column: each.written for column, each in written.items()}
    return cells, tuple(dict.fromkeys(sentences)), tuple(headings)


def _cells(
    spec: Spec, about: Topic, payers: Sequence[Contractor], key: str, rng: random.Random
) -> Iterator[tuple[str, Cell]]:
    size = rng.lognormvariate(-0.2, 0.45)
    style = STYLES[spec.index % 4]
    for place, (column, (length, sections)) in enumerate(_TEXT[spec.kind].items()):
        wanted = 45_000 if spec.role == "long" and place == 0 else int(length * size)
        blocks: list[Block] = compose(rng, about, sections, length=wanted)
        if place == 0:
            blocks.insert(1, paragraph([key], rng))
        if payers and place == spec.index % 2:
            blocks.append(paragraph(boilerplate(payers[0].name, rng), random.Random("same")))
        yield column, cell(blocks, style)
        style = any_style(rng)


def _groups(
    spec: Spec, rows: Rows | None, seed: int
) -> tuple[tuple[CodeGroup, ...], tuple[CodeGroup, ...], tuple[CodeGroup, ...]]:
    """Groups of procedures, of covered and of other diagnoses; an LCD has procedures at most."""
    rng = spec.rng(seed, "codes")
    if rows is None:
        coded = spec.kind == "lcd" and spec.index % 8 == 0
        return (procedure_groups(DESIGNS[0], rng) if coded else ()), (), ()
    design = design_of(spec)
    procedures = procedure_groups(design, rng)
    covered = covered_groups(design, procedures, rows.covered, rng)
    noncovered = uncovered_groups(uncovered_of(spec), procedures, rows.uncovered, rng)
    if spec.role == "older":
        covered = tuple(_shorter(group) for group in covered)
    return procedures, covered, noncovered


def _shorter(group: CodeGroup) -> CodeGroup:
    """A group without its last code: what an older version had."""
    if len(group.codes) < 2 or group.truth is None:
        return group
    codes = group.codes[:-1]
    return replace(group, codes=codes, truth=replace(group.truth, codes=codes))
