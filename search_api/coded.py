"""What the codes of a question stand for, as the policies that hold them say."""

from corpus.terms import Kind
from indexer.store import Store
from search_api.query import Query
from search_api.ranking import asked_of, speakers


def only_names_a_policy(store: Store, query: Query) -> bool:
    """Whether a bare code asks for its policy's rule: no short meaning of it is known."""
    bare = len(query.text.split()) == len(query.codes)
    links = [link for code in query.codes for link in store.code_links(code)]
    kinds = {store.document(row).kind for row, _ in links}
    return bare and bool(kinds) and Kind.CODE not in kinds


def meanings_of(store: Store, code: str, query: Query) -> tuple[list[str], list[str]]:
    """What a code stands for: (as an asked payer's policy holds it, by topic where none does)."""
    documents = [(link, store.document(row)) for row, link in store.code_links(code)]
    held = [
        link.meaning
        for link, each in documents
        if link.relation.binds
        and each.kind.decides
        and any(asked_of(*who, query) for who in speakers(each))
    ]
    if held:
        return list(dict.fromkeys(meaning for meaning in held if meaning)), []
    topics = [each.title.partition(": ")[2] for _, each in documents if each.kind is Kind.CODE]
    return [], topics
