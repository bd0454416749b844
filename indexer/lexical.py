"""BM25 over fields of text with tantivy, filtered inside the engine.

The only module that imports tantivy. Text is folded to ASCII, lower-cased, stripped of English
stop words and stemmed (Snowball); a question goes through the same analyzer. Scores are BM25
with k1 1.2 and b .75 (tantivy's constants), summed over the fields by weight, higher is better.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import tantivy
from tantivy import Filter, Occur, Query, TextAnalyzerBuilder, Tokenizer

from corpus.errors import SnapshotError

_ANALYZER = "coverage"
_LONGEST_WORD = 64
_HEAP = 64_000_000  # bytes; tantivy's smallest sensible writer
ROW = "row"


@dataclass(frozen=True, slots=True)
class LexicalRow:
    """A row to index: its number, its text by field, and the exact values that filters ask for."""

    row: int
    texts: Mapping[str, str]
    keywords: Mapping[str, Sequence[str]] = field(default_factory=dict)


# One clause a keyword field: a row must hold one of the values.
KeywordFilter = Mapping[str, Sequence[str]]


class LexicalIndex:
    """An index of rows over named text fields; opened read-only, used from several threads."""

    def __init__(self, folder: Path, *, fields: Sequence[str], keywords: Sequence[str]) -> None:
        """Open the folder that `build` wrote with these text fields.

        Raises SnapshotError if it isn't such a folder.
        """
        self._schema = _schema(fields, keywords)
        self._fields = tuple(fields)
        try:
            index = tantivy.Index(self._schema, str(folder), reuse=True)
        except ValueError as error:
            raise SnapshotError(f"{folder}: not a BM25 index: {error}") from error
        self._analyzer = analyzer()
        index.register_tokenizer(_ANALYZER, self._analyzer)
        self._searcher = index.searcher()

    @staticmethod
    def build(
        folder: Path, rows: Iterable[LexicalRow], *, fields: Sequence[str], keywords: Sequence[str]
    ) -> None:
        """Write an index of the rows into an empty folder."""
        folder.mkdir(parents=True)
        index = tantivy.Index(_schema(fields, keywords), str(folder))
        index.register_tokenizer(_ANALYZER, analyzer())
        writer = index.writer(_HEAP, 1)
        for row in rows:
            document = tantivy.Document()
            document.add_integer(ROW, row.row)
            for name, text in row.texts.items():
                document.add_text(name, text)
            for name, values in row.keywords.items():
                for value in values:
                    document.add_text(name, value)
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()

    def terms(self, text: str) -> list[str]:
        """The distinct terms of a text as the index holds them, in order of first use."""
        return list(dict.fromkeys(self._analyzer.analyze(text)))

    def search(
        self,
        terms: Mapping[str, float],
        k: int,
        *,
        fields: Mapping[str, float],
        where: KeywordFilter | None = None,
        rows: Sequence[int] | None = None,
    ) -> list[tuple[int, float]]:
        """(row, score) of the best rows, best first, at most k.

        terms: analyzed terms with their weight in the question. fields: what a match in a
        text field counts for; a field without a weight counts for nothing. where: keyword
        clauses that a row must meet, all of them. rows: the only rows to score, where given.
        """
        scored = self._scored(terms, fields)
        if not scored or k < 1:
            return []
        clauses = [(Occur.Must, Query.boolean_query(scored)), *self._required(where or {}, rows)]
        found = self._searcher.search(Query.boolean_query(clauses), limit=k, count=False).hits
        numbers = self._searcher.fast_field_values(ROW, [address for _, address in found])
        pairs = [
            (int(number or 0), float(score))
            for number, (score, _) in zip(numbers, found, strict=True)
        ]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))

    def _scored(
        self, terms: Mapping[str, float], fields: Mapping[str, float]
    ) -> list[tuple[Occur, Query]]:
        """A clause a field and term, boosted by the weights of both."""
        return [
            (
                Occur.Should,
                Query.boost_query(
                    Query.term_query(self._schema, name, term, "freq"), weight * times
                ),
            )
            for name, weight in fields.items()
            if weight
            for term, times in terms.items()
        ]

    def _required(
        self, where: KeywordFilter, rows: Sequence[int] | None
    ) -> Iterator[tuple[Occur, Query]]:
        """The clauses that a row must meet, none of which adds to its score."""
        for name, values in where.items():
            yield Occur.Must, _unscored(Query.term_set_query(self._schema, name, list(values)))
        if rows is not None:
            yield Occur.Must, _unscored(Query.term_set_query(self._schema, ROW, list(rows)))

    def document_frequency(self, term: str) -> int:
        """Rows that hold an analyzed term in their most widespread field."""
        return max(int(self._searcher.doc_freq(name, term)) for name in self._fields)

    def __len__(self) -> int:
        return int(self._searcher.num_docs)


def analyzer() -> tantivy.TextAnalyzer:
    """The one analyzer of texts and questions."""
    return (
        TextAnalyzerBuilder(Tokenizer.simple())
        .filter(Filter.remove_long(_LONGEST_WORD))
        .filter(Filter.ascii_fold())
        .filter(Filter.lowercase())
        .filter(Filter.stopword("english"))
        .filter(Filter.stemmer("english"))
        .build()
    )


def _unscored(query: Query) -> Query:
    return Query.const_score_query(query, 0.0)


def _schema(fields: Iterable[str], keywords: Sequence[str]) -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field(ROW, stored=False, indexed=True, fast=True)
    for name in fields:
        builder.add_text_field(name, tokenizer_name=_ANALYZER, index_option="freq")
    for name in keywords:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    return builder.build()
