"""The measures as tables: one for a terminal, one for a page, and plain values for programs."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from search_api.evaluation.measures import (
    MEASURES,
    Observed,
    Share,
    holm,
    measure,
    paired_difference,
)
from search_api.evaluation.weigh import MEASURE, Fit

HARM = ("false-covered", "plain covered", "false-denied")


def slices(rows: Sequence[Observed]) -> dict[str, list[Observed]]:
    """All rows, then those of each kind and wording of question, in order of first use."""
    parts = {"all": list(rows)}
    for row in rows:
        for name in row.slices or (row.judgment.kind,):
            parts.setdefault(name, []).append(row)
    return parts


def as_values(rows: Sequence[Observed]) -> dict[str, dict[str, dict[str, float]]]:
    """Slice -> measure -> value, low, high, of: what `--json` prints."""
    return {
        name: {key: _values(share) for key, share in measure(part).items()}
        for name, part in slices(rows).items()
    }


def show(rows: Sequence[Observed], console: Console, *, worst: int = 0) -> None:
    """Print every measure with its interval, the slices, and at most `worst` wrong replies."""
    table = Table(title=f"{len(rows)} judged questions", title_justify="left")
    for column in ("measure", "value", "95 % interval", "of"):
        table.add_column(column, justify="left" if column == "measure" else "right")
    for name, share in measure(rows).items():
        table.add_row(
            name, f"{share.value:.3f}", f"{share.low:.3f} to {share.high:.3f}", str(share.of)
        )
    console.print(table)
    console.print(_by_slice(slices(rows)))
    wrong = [row for row in rows if not row.right][:worst]
    for row in wrong:
        accepted = " or ".join(sorted(row.judgment.outcomes))
        console.print(
            f"{row.judgment.id} {row.outcome}, not {accepted}: {row.judgment.question}",
            markup=False,
        )


def compare(ours: Sequence[Observed], theirs: Sequence[Observed], console: Console) -> None:
    """Print paired differences, ours less theirs, p-values by Holm, and what got worse."""
    names = [name for name, of in MEASURES.items() if of(ours)]
    pairs = [paired_difference(MEASURES[name](ours), MEASURES[name](theirs)) for name in names]
    console.print(_differences(names, pairs))
    for one, other in zip(ours, theirs, strict=True):
        if other.right and not one.right:
            console.print(
                f"worse: {one.judgment.id} {other.outcome} -> {one.outcome}: "
                f"{one.judgment.question}",
                markup=False,
            )


def failed_gates(rows: Sequence[Observed], gates: Mapping[str, float]) -> list[str]:
    """A line for each gate that isn't passed: a harm is at most its value, the rest at least."""
    found = measure(rows)
    failures = []
    for name, bar in gates.items():
        if name not in (*MEASURES, "AUROC"):
            continue  # a gate of the retrieval sets
        if name not in found:
            failures.append(f"{name} can't be measured: no question counts for it")
            continue
        value = found[name].value
        if (value > bar) if name in HARM else (value < bar):
            failures.append(f"{name} is {value:.3f}, the gate {bar:.3f}")
    return failures


def _differences(names: Sequence[str], pairs: Sequence[tuple[Share, float]]) -> Table:
    """A table of paired differences, p-values corrected by Holm for being several."""
    table = Table(title="Difference, ours less theirs", title_justify="left")
    for column in ("measure", "difference", "95 % interval", "p (Holm)"):
        table.add_column(column, justify="left" if column == "measure" else "right")
    corrected = holm([p for _, p in pairs])
    for name, (share, _), p in zip(names, pairs, corrected, strict=True):
        interval = f"{share.low:+.3f} to {share.high:+.3f}"
        table.add_row(name, f"{share.value:+.3f}", interval, f"{p:.3f}")
    return table


def _by_slice(parts: Mapping[str, Sequence[Observed]]) -> Table:
    table = Table(title="By kind and wording of question", title_justify="left")
    names = ("hit@1", "outcome, all", "false-covered", "false-denied")
    table.add_column("kind")
    for column in ("questions", *names):
        table.add_column(column, justify="right", min_width=9 if "-" in column else 5)
    for kind, part in parts.items():
        found = measure(part)
        table.add_row(
            kind,
            str(len(part)),
            *(f"{found[name].value:.3f}" if name in found else "" for name in names),
        )
    return table


def _values(share: Share) -> dict[str, float]:
    return {"value": share.value, "low": share.low, "high": share.high, "of": share.of}


def show_retrieval(
    name: str, queries: int, values: Mapping[str, Mapping[str, float]], console: Console
) -> None:
    """Print the means of each system on a retrieval set, ours first."""
    measures = list(next(iter(values.values())))
    table = Table(title=f"{name}, {queries} queries", title_justify="left")
    for column in ("system", *measures):
        table.add_column(column, justify="left" if column == "system" else "right")
    for system, means in values.items():
        table.add_row(system, *(f"{means[measure]:.3f}" for measure in measures))
    console.print(table)


def show_fit(fit: Fit, console: Console) -> None:
    """Print what fitted weights reach on each set, beside the weights in use; and the means."""
    table = Table(title=MEASURE, title_justify="left")
    columns = {
        "in use": fit.today,
        "fitted": fit.fitted,
        "question held out": fit.held_out,
        "set left out": fit.left_out,
    }
    for column in ("set", *columns):
        table.add_column(column, justify="left" if column == "set" else "right")
    for name in fit.fitted:
        table.add_row(name, *(f"{values[name]:.3f}" for values in columns.values()))
    means = (sum(values.values()) / len(values) for values in columns.values())
    table.add_row("mean", *(f"{mean:.3f}" for mean in means), style="bold")
    console.print(table)


def compare_retrieval(
    ours: Mapping[str, Mapping[str, float]],
    theirs: Mapping[str, Mapping[str, float]],
    queries: Mapping[str, str],
    console: Console,
    *,
    worst: int,
) -> None:
    """Print paired differences on a retrieval set, and the queries that lost most nDCG@10."""
    order = list(queries)
    differences = [
        paired_difference([ours[name][q] for q in order], [theirs[name][q] for q in order])
        for name in ours
    ]
    console.print(_differences(list(ours), differences))
    lost = sorted((ours["nDCG@10"][query] - theirs["nDCG@10"][query], query) for query in order)
    for value, query in lost[:worst]:
        if value < 0:
            console.print(f"worse by {-value:.3f}: {query} {queries[query]}", markup=False)
