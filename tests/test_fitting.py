"""A question and a rule as the judge of rules reads them, and what it has read kept."""

import pytest

from corpus.records import CoverageStatement, Document, Span
from corpus.terms import Basis, Determination, Kind, Line, Words
from indexer.judges import Judge
from indexer.models import Models
from search_api.engine import Engine
from search_api.fitting import Fitting, reading
from search_api.pools import pools
from tests.conftest import TODAY

RULE = "Medicare covers the pump for adults."
POLICY = Document(
    id="X 1",
    kind=Kind.NCD,
    title="Pumps",
    text=RULE,
    url="https://example.org",
    words=Words.SUMMARY,
    questions=("is the heart pump paid", "swimming", "pump for the heart at home", "heart"),
)
STATEMENT = CoverageStatement(
    determination=Determination.CONDITIONAL,
    payer="Medicare",
    line=Line.ORIGINAL,
    evidence=Span(0, len(RULE)),
    conditions=("Adult", "At home"),
    basis=Basis.STATED,
)


def test_a_rule_is_read_with_its_conditions_and_the_nearest_ways_to_ask() -> None:
    asked, rule = reading("A pump for my heart at home?", POLICY, STATEMENT)
    assert asked == "A pump for my heart at home?"
    assert rule == (
        "Pumps. Medicare covers the pump for adults. Adult; At home "
        "(is the heart pump paid) (pump for the heart at home)"
    )


def test_a_way_to_ask_is_not_read_beside_itself() -> None:
    _, rule = reading("Is the heart pump paid", POLICY, STATEMENT)
    assert "(is the heart pump paid)" not in rule


def test_a_brand_is_read_with_what_it_is() -> None:
    asked, rule = reading("CardioMEMS covered?", POLICY, STATEMENT)
    assert asked.startswith("CardioMEMS covered? (implantable pulmonary artery pressure sensor")
    assert rule.endswith("Adult; At home (is the heart pump paid) (pump for the heart at home)")


@pytest.mark.encoder
def test_chances_are_those_of_each_rule_and_are_kept(engine: Engine, models: Models) -> None:
    question = "Does Medicare cover acupuncture for chronic low back pain?"
    query = engine.understand(question, on=TODAY)
    pool = pools(engine.retrieve(query), query)[0][0]
    fitting = Fitting(lambda: Judge(models.rules), question)
    fits = fitting.of(pool)
    assert len(fits) == len(pool) > 2
    for fit in fits:
        assert fit.fits + fit.unmet + fit.other == pytest.approx(1.0, abs=1e-4)
    assert fitting.of(list(reversed(pool))) == list(reversed(fits))
