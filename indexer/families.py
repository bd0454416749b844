"""Documents that are one policy: a summary beside its source, an LCD with its articles.

Since 2019 the codes of an LCD stand in its billing article: the article's codes are lent to the
LCDs of its family, so that a question with a code finds the rule. Where a source and our summary
of it are both there, the source has the field's name for it; a summary of an older version than
the source's gives way.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from corpus.errors import CorpusError
from corpus.records import CodeLink, Document, Notice
from corpus.terms import Kind, Relation, Words

SUMMARY = "summary"


def united(documents: Iterable[Document]) -> tuple[list[Document], list[Notice]]:
    """Each document once, in the order of the reading, under an id of its own; what gave way.

    The same document given twice counts once. Raises CorpusError for two that differ.
    """
    found: dict[tuple[str, bool], Document] = {}
    for each in documents:
        first = found.setdefault((each.id, each.words is Words.SUMMARY), each)
        if first is not each and first != each:
            raise CorpusError(
                each.url or each.title,
                None,
                f"a second document has the id {each.id!r} ({first.title!r} and {each.title!r}); "
                "leave one of the two sources out, or give it another id in its source.toml",
            )
    kept, notices = [], []
    for (name, is_summary), document in found.items():
        source = found.get((name, False)) if is_summary else None
        if source is None:
            kept.append(document)
        elif _is_older(document, source):
            notices.append(Notice(f"newer than our summary of {name}, which gives way", source.url))
        else:
            aliases = (name, *document.aliases)
            kept.append(replace(document, id=f"{name} {SUMMARY}", aliases=aliases))
    return kept, notices


def _is_older(summary: Document, source: Document) -> bool:
    """Whether the source's version began after the one that the summary is of."""
    old, new = summary.effective, source.effective
    return old is not None and new is not None and old < new


def with_family_codes(documents: Sequence[Document]) -> list[Document]:
    """The documents, each LCD with the codes of the articles of its family."""
    lent: dict[str, dict[str, CodeLink]] = {}
    for article, lcd in _families(documents):
        links = lent.setdefault(lcd.id, {})
        for link in article.codes:
            note = f"listed in its article {article.id}"
            given = CodeLink(code=link.code, relation=Relation.NAMES, note=note, source=article.url)
            links.setdefault(link.code, given)
    return [_with(each, lent.get(each.id, {})) for each in documents]


def _families(documents: Sequence[Document]) -> Iterator[tuple[Document, Document]]:
    """(article, LCD) of each pair that either of them names; a pair may come twice."""
    by_id = {each.id: each for each in documents}
    for each in documents:
        for other in (by_id[name] for name in each.related if name in by_id):
            if each.kind is Kind.ARTICLE and other.kind is Kind.LCD:
                yield each, other
            elif each.kind is Kind.LCD and other.kind is Kind.ARTICLE:
                yield other, each


def _with(document: Document, lent: Mapping[str, CodeLink]) -> Document:
    own = {link.code for link in document.codes}
    new = tuple(link for code, link in lent.items() if code not in own)
    return replace(document, codes=(*document.codes, *new)) if new else document
