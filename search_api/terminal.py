"""A reply for people at a terminal: the outcome first, its words and source, then the passages."""

from collections.abc import Sequence
from textwrap import shorten

from rich.console import Console, Group
from rich.markup import escape
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from corpus.terms import Pairing, Support, Words
from search_api.code_schemas import CodeOut, FindingOut
from search_api.diff import AnswerChange, DocumentChange
from search_api.replies import Outcome
from search_api.schemas import (
    AbstentionOut,
    AnswerOut,
    EvidenceOut,
    HitOut,
    PointerOut,
    SearchOut,
    SideOut,
    SourceOut,
)

_SHOWN = 400  # characters of a passage in the list
_SUPPORT = {
    Support.SUPPORTS: ("supports medical necessity of", "green"),
    Support.DOES_NOT_SUPPORT: ("does not support medical necessity of", "red"),
    Support.NOT_LISTED: ("is not listed for", "yellow"),
}
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
    if result.pointers:
        console.print(_pointers(result.pointers))
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
    """Print what code lists say of a diagnosis, then the documents that name the code."""
    for each in code.findings:
        console.print(_finding(each, code))
    if code.diagnosis and not code.findings:
        where = f" in {code.state}" if code.state else ""
        console.print(f"No article{where} of this corpus lists diagnoses for {code.code}.")
    for note in (*code.notes, *([code.notice] if code.findings else [])):
        console.print(note, style="dim", highlight=False)
    if not code.documents:
        console.print(f"No document of this corpus names {code.code}.", highlight=False)
        return
    table = Table(title=code.code, title_justify="left", header_style="bold")
    for column in ("Document", "Title", "Relation", "Note"):
        table.add_column(column, overflow="fold")
    for naming in code.documents:
        relation = naming.relation.value.replace("_", " ")
        cells = (naming.document.id, naming.document.title, relation, naming.note)
        table.add_row(*(escape(text) for text in cells))
    console.print(table)


def _finding(finding: FindingOut, code: CodeOut) -> Panel:
    label, color = _SUPPORT[finding.support]
    words = Text("The article gives the list alone.", style="dim")
    if finding.support is Support.NOT_LISTED:
        words = Text("No list of the article names it; that alone is no denial.", style="dim")
    parts = [words if finding.evidence is None else _words(finding.evidence)]
    if finding.star_note is not None:
        parts += [Text("* "), _words(finding.star_note)]
    if finding.finer:
        parts.append(Text(f"Listed, and more specific: {', '.join(finding.finer)}"))
    if finding.pairing is Pairing.ASSUMED:
        parts.append(Text("Which procedures the group is for is assumed.", style="italic"))
    document = finding.document
    group = "" if finding.group is None else f", group {finding.group}"
    states = ", ".join(document.jurisdiction)
    parts.append(
        Text.assemble(
            (document.id, "bold"), f" {document.title}{group} ({states})\n", (document.url, "cyan")
        )
    )
    return Panel(
        Group(*parts),
        title=f"[bold {color}]{code.diagnosis} {label} {code.code}[/]",
        title_align="left",
        border_style=color,
    )


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
    if answer.unmet:
        why = ": a condition is said to be unmet"
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


def _pointers(pointers: Sequence[PointerOut]) -> Table:
    """Local documents whose text is not here: where to look, not what they say."""
    table = Table(title="Local documents, not in this corpus", title_justify="left", expand=True)
    for column in ("Document", "Contractor", "States"):
        table.add_column(column, overflow="fold")
    for each in pointers:
        table.add_row(
            f"[bold]{escape(each.id)}[/] {escape(each.title)}\n[cyan]{escape(each.url)}[/]",
            escape("; ".join(each.contractors)),
            ", ".join(each.jurisdiction),
        )
    return table


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
        local = "" if "US" in side.jurisdiction else f" in {', '.join(side.jurisdiction)}"
        table.add_row(
            escape(who + line + local),
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
