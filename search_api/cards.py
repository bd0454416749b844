"""Replies as a notebook shows them: a card of HTML; every text of a document escaped."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from corpus.errors import MissingExtra

if TYPE_CHECKING:
    import pandas

LABELS = {
    "covered": ("Covered", "#146c34"),
    "conditional": ("Covered under conditions", "#8a5200"),
    "not_covered": ("Not covered", "#b3261e"),
    "contractor_discretion": ("Left to the local contractor", "#6b3fa0"),
    "differs": ("It differs", "#8a5200"),
    "information": ("Information", "#0b57a4"),
}
_NONE = "#54595f"
_SHOWN = 10  # hits of a card


def card(reply: Mapping[str, Any]) -> str:
    """A reply of POST /v1/search as HTML: its answer or abstention, then the passages."""
    answer, abstention = reply["answer"], reply["abstention"]
    if answer is not None:
        label, color = LABELS[answer["outcome"]]
        label += ": a condition is said to be unmet" if answer["unmet"] else ""
        lines = [
            f"<blockquote>{escape(answer['text'])}</blockquote>",
            _items(answer["conditions"]),
            f"<p>{_source(answer['source'])}</p>",
            *(_side(each) for each in answer["sides"] if len(answer["sides"]) > 1),
            *(f"<p>{escape(each)}</p>" for each in answer["remarks"]),
            f"<p><small>Confidence {answer['confidence']:.0%}. "
            f"{escape(answer['notice'])}</small></p>",
        ]
    else:
        label, color = f"No answer: {abstention['reason'].replace('_', ' ')}", _NONE
        lines = [f"<p>{escape(abstention['message'])}</p>"]
    return (
        f'<div style="border-left:.5em solid {color};padding-left:1em">'
        f"<p>{escape(reply['query'])}</p>"
        f'<p style="color:{color}"><strong>{label}</strong></p>{"".join(lines)}</div>'
        f"{table(reply['hits'][:_SHOWN])}"
    )


def table(hits: Sequence[Mapping[str, Any]]) -> str:
    """Hits as an HTML table: rank, document, passage, score."""
    rows = "".join(
        f"<tr><td>{each['rank']}</td><td>{_source(each['document'])}</td>"
        f'<td style="text-align:left">{escape(each["text"])}</td><td>{each["score"]:.2f}</td></tr>'
        for each in hits
    )
    head = "".join(f"<th>{name}</th>" for name in ("#", "document", "passage", "score"))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>" if rows else ""


def frame(hits: Sequence[Mapping[str, Any]]) -> "pandas.DataFrame":
    """Hits as a table of pandas: what they are, whose, and every score, in their order."""
    try:
        import pandas
    except ImportError as error:
        raise MissingExtra("notebook", "A table of pandas") from error
    return pandas.DataFrame(
        {
            "rank": each["rank"],
            "passage": each["id"],
            "document": each["document"]["id"],
            "title": each["document"]["title"],
            "kind": each["document"]["kind"],
            "payer": each["document"]["payer"],
            "effective": each["document"]["effective"],
            "determinations": [rule["determination"] for rule in each["coverage"]],
            "score": each["score"],
            **each["scores"],
            "text": each["text"],
            "url": each["document"]["url"],
        }
        for each in hits
    )


def _side(side: Mapping[str, Any]) -> str:
    label, color = LABELS[side["outcome"]]
    where = side["jurisdiction"]
    local = "" if "US" in where else f" in {', '.join(where)}"
    return (
        f"<p><strong>{escape(side['payer'] + local)}</strong> "
        f'<span style="color:{color}">{label}</span>: '
        f"{escape(side['evidence']['text'])} ({_source(side['source'])})</p>"
    )


def _source(source: Mapping[str, Any]) -> str:
    """The document's id and title, linked where its address is of the web."""
    name = escape(f"{source['id']} {source['title']}")
    if not source["url"].startswith(("http://", "https://")):
        return name
    return f'<a href="{escape(source["url"])}" rel="noopener noreferrer">{name}</a>'


def _items(texts: Sequence[str]) -> str:
    items = "".join(f"<li>{escape(each)}</li>" for each in texts)
    return f"<ul>{items}</ul>" if items else ""
