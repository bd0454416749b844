"""Suggestions while a question is typed: policy titles, people's questions and codes of the corpus.

Nothing that anybody asked is kept or offered.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from corpus.terms import Kind
from corpus.text import fold

_WORD = re.compile(r"[a-z0-9]+(?:\.[a-z0-9]+)*")
_LAST = "\U0010ffff"  # sorts after every letter


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A text to ask, and what it is: a document's id, or what a code stands for."""

    text: str
    note: str


class Suggester:
    """Suggestions by the words' beginnings; built once from a corpus, immutable after."""

    def __init__(
        self, titles: Iterable[tuple[str, str, Kind]], codes: Iterable[tuple[str, str]]
    ) -> None:
        """titles: (document id, title, kind). codes: (code, what it stands for, maybe empty)."""
        offered = [
            (kind.authority, Suggestion(title, identifier if kind.decides else kind.value))
            for identifier, title, kind in titles
            if kind is not Kind.CODE
        ]
        offered += [
            (Kind.CODE.authority, Suggestion(code, meaning)) for code, meaning in sorted(set(codes))
        ]
        self._offered = list({each.text: (rank, each) for rank, each in reversed(offered)}.values())
        self._words = sorted(
            {
                (word, place)
                for place, (_, each) in enumerate(self._offered)
                for word in words(f"{each.text} {each.note}")
            }
        )

    def suggest(self, text: str, *, k: int) -> list[Suggestion]:
        """At most k suggestions that hold a word beginning with each typed word.

        Those that begin with the text come first, then by their kind's authority, then the shorter.
        """
        typed = words(text)
        if not typed or k < 1:
            return []
        places = set.intersection(*(self._holding(word) for word in typed))
        start = fold(text).strip()
        order = sorted(
            places,
            key=lambda place: (
                not fold(self._offered[place][1].text).startswith(start),
                self._offered[place][0],
                len(self._offered[place][1].text),
                self._offered[place][1].text,
            ),
        )
        return [self._offered[place][1] for place in order[:k]]

    def _holding(self, beginning: str) -> set[int]:
        low = bisect_left(self._words, (beginning, -1))
        high = bisect_left(self._words, (beginning + _LAST, -1))
        return {place for _, place in self._words[low:high]}


def words(text: str) -> Sequence[str]:
    """The words of a text, folded; numbers keep their points ("30.3.3")."""
    return _WORD.findall(fold(text))
