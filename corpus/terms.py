"""The closed sets of the field, as plain enums.

Compared by member; their values are the words of the wire format.
"""

from enum import Enum


class Determination(Enum):
    """What a source says of a service: the five determinations of the field."""

    COVERED = "covered"
    CONDITIONAL = "conditional"
    NOT_COVERED = "not_covered"
    CONTRACTOR_DISCRETION = "contractor_discretion"
    NOT_ADDRESSED = "not_addressed"


class Why(Enum):
    """Why a source doesn't cover: it decides who pays."""

    NOT_REASONABLE_AND_NECESSARY = "not_reasonable_and_necessary"
    STATUTORY_EXCLUSION = "statutory_exclusion"
    NO_BENEFIT_CATEGORY = "no_benefit_category"
    BUNDLED = "bundled"
    FREQUENCY = "frequency"
    OUTSIDE_STUDY = "outside_study"
    EXPERIMENTAL = "experimental"


class Line(Enum):
    """Line of business: whose money, under whose rules."""

    ORIGINAL = "original"
    ADVANTAGE = "advantage"
    MEDIGAP = "medigap"
    MEDICAID = "medicaid"
    COMMERCIAL = "commercial"


class Kind(Enum):
    """Kind of document, in falling authority over a Medicare question."""

    STATUTE = "statute"
    NCD = "ncd"
    LCD = "lcd"
    ARTICLE = "article"
    PAYER_POLICY = "payer_policy"
    CODE = "code"
    FAQ = "faq"
    PAGE = "page"

    @property
    def authority(self) -> int:
        """Rank of this kind's word on coverage: 0 binds most."""
        return list(Kind).index(self)

    @property
    def decides(self) -> bool:
        """Whether a document of this kind can itself decide coverage."""
        return self.authority <= Kind.PAYER_POLICY.authority


class Status(Enum):
    """Whether a document's version binds: it does, it was withdrawn, replaced, or isn't adopted."""

    IN_FORCE = "in_force"
    RETIRED = "retired"
    SUPERSEDED = "superseded"
    PROPOSED = "proposed"


class Reliability(Enum):
    """How near to the source a document was read; `general` is common knowledge, never evidence."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    GENERAL = "general"


class Basis(Enum):
    """Where a determination comes from: a structured source stated it, or we read it in text."""

    STATED = "stated"
    EXTRACTED = "extracted"


class Words(Enum):
    """Whose words a text is: the source's own, or our summary of them."""

    SOURCE = "source"
    SUMMARY = "summary"


class Relation(Enum):
    """How a code stands to a policy; `inferred` is related only and never an exact hit."""

    DECIDES = "decides"
    RESTRICTS = "restricts"
    NAMES = "names"
    INFERRED = "inferred"

    @property
    def binds(self) -> bool:
        """Whether a question about the code is a question about the policy."""
        return self is not Relation.INFERRED


class Support(Enum):
    """What an article's code lists say of a diagnosis for a procedure; never that it is covered."""

    SUPPORTS = "supports_medical_necessity"
    DOES_NOT_SUPPORT = "does_not_support"
    NOT_LISTED = "not_listed"


class Pairing(Enum):
    """How a diagnosis group comes to its procedures.

    NAMED: its paragraph names them. ALL: it names none, and speaks of all the article's codes.
    ASSUMED: it has no paragraph, and the procedure group of the same number is taken.
    """

    NAMED = "named"
    ALL = "all"
    ASSUMED = "assumed"
