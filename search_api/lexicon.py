"""The words of the corpus and of the people who ask: synonyms, spelling, and how telling a word is.

Synonyms come from the library's synonyms.tsv; the vocabulary, with the number of documents of
each word, from the snapshot. A correction or a synonym is added to a question, never put in the
place of its words.
"""

import csv
import math
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from corpus.errors import CorpusError
from corpus.text import fold

# Words for what is done or used, whatever it is: they tell services apart, never the uses of one.
GENERIC_WORDS = frozenset(
    """
    device devices machine machines unit units equipment item items system treatment treatments
    therapy therapies procedure procedures surgery surgeries operation operations test tests testing
    exam exams scan scans study implant implants implanted shot shots pill pills drug drugs medicine
    session sessions supply supplies program home yearly annual adult coverage scheme kind type
    model apparatus gadget thing
    """.split()
)

_WORD = re.compile(r"[a-z][a-z0-9]{2,}")
_SHORTEST_SLIP = 6  # letters; shorter unknown words have too many neighbours
_TWO_SLIPS_FROM = 9  # letters

# Words of asking, paying and grammar: they say nothing of the service that is asked for.
COMMON_WORDS = frozenset(
    """
    dx rx pt hx tx
    about above after again against all also although always among and another any anybody anyone
    are around ask asked back because been before being below best better between bill billed
    billing bills both but can cannot cant care claim claims clinic code codes coverage cover
    covered covering covers cost costs could cpt day days denied denial did does doing doctor
    doctors done dont down during each either else even ever every few find first for from get gets
    getting give given gives goes going got had has have having hcpcs health help her here him his
    hospital how icd insurance insurer into its just know last let like long made make many may
    medicare medicaid member might month months more most much must need needed needs never new not
    now off office old once one only onto other our out over own paid part patient patients pay
    payable paying payment pays people plan please policy procedure provider pts put qualify really
    reimburse reimbursed reimbursement right said same say see send service services shall she
    should since some someone something still such sure take taken tell than that the their them
    then there these they thing things this those though through time told too treat treated
    treatment under until use used uses using very want wants was way week weeks well went were what
    whats when where whether which while who whole whose why wife will with within without wont
    would year years yes yet you your allowed allow eligible approved approve benefit benefits
    national local ncd lcd mean means does anything everything happen happens husband mother father
    mom dad mum son daughter grandma granny wondering question questions answer think anyone able
    """.split()
)


class Lexicon:
    """Synonyms, corrections and word weights against one corpus's vocabulary."""

    def __init__(self, vocabulary: Mapping[str, int], documents: int) -> None:
        """vocabulary: in how many of the documents each word stands."""
        self._vocabulary = vocabulary
        self._documents = max(1, documents)
        self._words = sorted(vocabulary)

    def expansions(self, text: str) -> list[str]:
        """What the lay words, brands, abbreviations and slips of a text stand for, in its order."""
        found = [_synonyms()[match[1]] for match in _synonym_pattern().finditer(fold(text))]
        corrected = [right for _, right in self.corrections(text)]
        return list(dict.fromkeys([*found, *corrected]))

    def corrections(self, text: str) -> Iterator[tuple[str, str]]:
        """(word as written, likeliest word of the corpus) for words that the corpus lacks."""
        for word in dict.fromkeys(_WORD.findall(fold(text))):
            if len(word) < _SHORTEST_SLIP or word in self._vocabulary or self._stem_known(word):
                continue
            if word in COMMON_WORDS or word in _synonyms():
                continue
            slips = 2 if len(word) >= _TWO_SLIPS_FROM else 1
            near = process.extract(
                word, self._words, scorer=DamerauLevenshtein.distance, score_cutoff=slips, limit=8
            )
            likely = [
                (distance, -self._vocabulary[other], other)
                for other, distance, _ in near
                if other[0] == word[0] and not _plural(word, other)
            ]
            if likely:
                yield word, min(likely)[2]

    def corrected(self, text: str) -> str:
        """The folded text with likely slips put right, for patterns that read whole words."""
        text = fold(text)
        for word, right in self.corrections(text):
            text = re.sub(rf"\b{word}\b", right, text)
        return text

    def weight(self, word: str) -> float:
        """How telling a word is: the inverse document frequency, 0 for a word of asking."""
        if word in COMMON_WORDS:
            return 0.0
        return math.log1p(self._documents / (1 + self._vocabulary.get(word, 0)))

    def _stem_known(self, word: str) -> bool:
        """Whether an inflected form of a known word: "stimulators", "covering"."""
        return any(
            word.endswith(end) and word[: -len(end)] in self._vocabulary
            for end in ("s", "es", "ed", "ing", "ly")
        )


def informative(text: str) -> list[str]:
    """The distinct words of a text that say what it is about, in its order."""
    return [word for word in dict.fromkeys(_WORD.findall(fold(text))) if word not in COMMON_WORDS]


def _plural(one: str, other: str) -> bool:
    """Whether two words differ by a final s: no slip."""
    return one.rstrip("s") == other.rstrip("s")


def expanded_words(text: str) -> list[tuple[list[str], str]]:
    """(the words of a text that a synonym explains, what they stand for), in its order."""
    return [
        (_WORD.findall(match[0]), _synonyms()[match[1]])
        for match in _synonym_pattern().finditer(fold(text))
    ]


@cache
def _synonyms() -> dict[str, str]:
    """Expansion by term, from the library."""
    table = files("corpus").joinpath("library/synonyms.tsv")
    rows = csv.DictReader(
        table.read_text(encoding="utf-8").splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE
    )
    terms: dict[str, str] = {}
    for number, row in enumerate(rows, start=2):
        if not row.get("term") or not row.get("expansion"):
            raise CorpusError(str(table), number, "a synonym needs a term and an expansion")
        terms[row["term"]] = row["expansion"]
    return terms


@cache
def _synonym_pattern() -> re.Pattern[str]:
    terms = "|".join(re.escape(term) for term in sorted(_synonyms(), key=len, reverse=True))
    return re.compile(rf"(?<![a-z0-9])({terms})(?:s|es)?(?![a-z0-9])")
