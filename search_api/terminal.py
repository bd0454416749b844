"""A reply for people at a terminal: the outcome first, its words and source, then the passages."""

from collections.abc import Sequence
from textwrap import shorten

from rich.console import Console, Group
from rich.markup import escape
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from corpus.records import Words
from search_api.diff import AnswerChange, DocumentChange
from search_api.replies import Outcome
from search_api.schemas import (
    AbstentionOut,
    AnswerOut,
    CodeOut,
    EvidenceOut,
    HitOut,
    SearchOut,
    SideOut,
    SourceOut,
)

_SHOWN = 400  # characters of a passage in the list
_LABELS = {
    Outcome.COVERED: ("Covered", "green"),
    Outcome.CONDITIONAL: ("Covered under conditions", "yellow"),
    Outcome.NOT_COVERED: ("Not covered", "red"),
    Outcome.CONTRACTOR_DISCRETION: ("Left to the local contractor", "magenta"),
    Outcome.DIFFERS: ("It differs", "yellow"),
    Outcome.INFORMATION: ("Information", "blue"),
}


def show(result: SearchOut, console: Console) -> None:
    """Print a reply: a panel for the answer or the abstention, then the ranked passages."""
    if result.answer is not None:
        console.print(_answer(result.answer))
    if result.abstention is not None:
        console.print(_abstention(result.abstention))
    title = "Passages" if result.answer is not None else "Related passages, not an answer"
    if result.hits:
        console.print(_hits(title, result.hits))
    console.print(
        Text(
            f"{result.index.passages:,} passages · {result.index.encoder} · "
            f"{result.took_ms:.0f} ms",
            style="dim",
        )
    )


def show_code(code: CodeOut, console: Console) -> None:
    """Print the documents that name a code, with what they say of it."""
    if not code.documents:
        console.print(f"No document of this corpus names {code.code}.", highlight=False)
        return
    table = Table(title=code.code, title_justify="left", header_style="bold")
    for column in ("Document", "Title", "Relation", "Note"):
        table.add_column(column, overflow="fold")
    for each in code.documents:
        relation = each.relation.value.replace("_", " ")
        table.add_row(
            *(escape(text) for text in (each.document.id, each.document.title, relation, each.note))
        )
    console.print(table)


def show_changes(
    documents: Sequence[DocumentChange], answers: Sequence[AnswerChange], console: Console
) -> None:
    """Print the documents that differ between two snapshots, then the answers."""
    if not documents:
        console.print("No document differs.")
    for each in documents:
        detail = f" ({', '.join(each.fields)})" if each.fields else ""
        console.print(
            f"{each.change}: {each.id} {each.title}{detail}", markup=False, highlight=False
        )
    for answer in answers:
        console.print(f"\n{answer.question}", markup=False, highlight=False, style="bold")
        for when, told in (("before", answer.before), ("after", answer.after)):
            source = f" [{told.document}] {told.words}" if told.document else ""
            console.print(f"  {when}: {told.outcome}{source}", markup=False, highlight=False)


def _answer(answer: AnswerOut) -> Panel:
    label, color = _LABELS[answer.outcome]
    why = (
        f" ({answer.why.value.replace('_', ' ')})"
        if answer.why and answer.outcome is Outcome.NOT_COVERED
        else ""
    )
    by = f" by {answer.differs_by.value}" if answer.differs_by else ""
    parts: list[Text | Padding | Table] = [_words(answer.evidence)]
    parts += [Padding(Text(f"• {condition}"), (0, 0, 0, 2)) for condition in answer.conditions]
    parts.append(_source(answer.source, since=str(answer.since) if answer.since else None))
    if len(answer.sides) > 1:
        parts.append(_sides(answer.sides))
    parts += [Text(remark, style="italic") for remark in answer.remarks]
    parts.append(Text(f"Confidence {answer.confidence:.0%}. {answer.notice}", style="dim"))
    return Panel(
        Group(*parts),
        title=f"[bold {color}]{label}{by}{why}[/]",
        title_align="left",
        border_style=color,
    )


def _abstention(abstention: AbstentionOut) -> Panel:
    reason = abstention.reason.value.replace("_", " ")
    return Panel(
        Text(abstention.message),
        title=f"[bold]No answer: {reason}[/]",
        title_align="left",
        border_style="white",
    )


def _words(evidence: EvidenceOut) -> Text:
    """The source's words in quotation marks; a summary without, and said to be one."""
    if evidence.of is Words.SOURCE:
        return Text(f"“{evidence.text}”")
    return Text.assemble(evidence.text, ("  (our summary)", "dim"))


def _source(source: SourceOut, *, since: str | None) -> Text:
    dated = f", since {since}" if since else ""
    return Text.assemble((source.id, "bold"), f" {source.title}{dated}\n", (source.url, "cyan"))


def _sides(sides: list[SideOut]) -> Table:
    table = Table(show_header=True, header_style="bold", expand=True)
    for column in ("Who", "Says", "Words", "Source"):
        table.add_column(column, overflow="fold")
    for side in sides:
        label, color = _LABELS[side.outcome]
        who = side.payer or "the page"
        line = f" ({side.line.value})" if side.line else ""
        table.add_row(
            escape(who + line),
            f"[{color}]{label}[/]",
            escape(side.evidence.text),
            escape(side.source.id),
        )
    return table


def _hits(title: str, hits: list[HitOut]) -> Table:
    table = Table(title=title, title_justify="left", header_style="bold", expand=True)
    table.add_column("#", justify="right")
    table.add_column("Document", overflow="fold", ratio=2)
    table.add_column("Passage", overflow="fold", ratio=5)
    table.add_column("Score", justify="right")
    for hit in hits:
        marks = [hit.document.kind.value, *([hit.document.payer] if hit.document.payer else [])]
        if hit.document.status.value != "in_force":
            marks.append(hit.document.status.value)
        name = (
            f"[bold]{escape(hit.document.id)}[/]\n{escape(hit.document.title)}\n"
            f"[dim]{escape(' · '.join(marks))}[/]"
        )
        table.add_row(
            str(hit.rank),
            name,
            escape(shorten(hit.text, _SHOWN, placeholder=" …")),
            f"{hit.score:.2f}",
        )
    return table
