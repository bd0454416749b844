"""Policy sentences of our own, composed from templates and lists of words.

Nothing here is CMS's text or the AMA's. Some sentences hold the signs that trouble a reader of
escaped HTML: "<" before a number, "&", "§", curly quotes, "≥", "®".
"""

import random
import re
from dataclasses import dataclass


def _listed(text: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for phrase in " ".join(text.split()).split("|"))


_SERVICES = _listed("""
pneumatic limb compression| tibial nerve stimulation| image-guided facet injection| home sleep
apnea testing| hyperbaric wound chamber therapy| continuous tissue glucose sensing| vestibular
function testing| retinal layer imaging| duplex vein mapping| implanted loop recording| low-level
light therapy| gait retraining| therapeutic exercise| motorised seat elevation| nocturnal oxygen
at home| negative pressure wound dressing| skin graft substitutes| lumbar motion restriction
bracing| transcranial field stimulation| circulating tumour fragment analysis| pharmacogene panel
testing| prosthetic knee control| bone anchored hearing aids| gastric pacing| spinal cord lead
placement| kidney stone fragmentation| colon capsule imaging| nerve conduction measurement|
allergen skin challenge| speech device fitting| nebulised bronchodilators| parenteral feeding|
urinary catheter supply| heel lift orthoses| cardiac stress imaging| plasma exchange| iron
replacement infusion| thyroid nodule profiling| macular injection| sacral joint fixation| eyelid
lifting| nail debridement| botulinum injection| vertebral cement filling| varicose vein ablation|
lung volume reduction| cognitive assessment| wheeled mobility
""")
_CONDITIONS = _listed("""
chronic venous ulcer| obstructive sleep apnea| non-specific low back pain| peripheral neuropathy|
diabetic foot wound| unexplained syncope| lymphedema of the arm| urge incontinence| chronic
obstructive lung disease| advanced knee arthritis| macular degeneration| end-stage renal disease|
drug-resistant epilepsy| metastatic prostate cancer| early dementia| multiple sclerosis| recurrent
kidney stones| cervical dystonia| carotid narrowing| iron deficiency| sacroiliac dysfunction|
severe hearing loss| major depression| swallowing disorder| post-stroke weakness| hemorrhagic
colitis| rheumatoid arthritis| thyroid nodules| complex regional pain| osteoporotic fracture|
allergic asthma| heart failure
""")
_SLOTS: dict[str, tuple[str, ...]] = {
    "finding": (
        "a documented loss of function", "an ankle pressure index <0.90",
        "pain that limits walking",
        "a ferritin level < 30 ng/mL", "an oxygen saturation ≤ 88% at rest",
        "two failed treatments",
        "a wound that has not closed", "imaging that agrees with the symptoms",
        "a positive confirmatory test", "progression in spite of treatment",
        "a measured score ≥ 15 on the accepted scale", "symptoms on most days of the month",
    ),
    "provider": (
        "the treating practitioner", "the ordering physician", "a qualified therapist",
        "the supplier", "the performing laboratory", "a physician’s assistant",
        "the beneficiary’s care team", "the facility", "an enrolled specialist",
    ),
    "record": (
        "the plan of care", "a signed and dated order", "the history and physical examination",
        "the operative note", "the test’s written interpretation", "a log of each session",
        "proof of delivery", "the reason conservative care was stopped", "start and stop times",
    ),
    "care": (
        "supervised exercise", "compression", "oral medication", "a home program", "bracing",
        "watchful waiting", "standard wound care", "behavioral therapy", "dietary change",
    ),
    "span": ("days", "weeks", "months"),
    "study": (
        "a randomised trial", "a registry", "a pooled analysis", "a case series",
        "a sham-controlled study", "an observational cohort", "a survey of specialists",
    ),
    "measure": (
        "pain scores", "walking distance", "time to healing", "days in hospital",
        "overall survival",
        "quality of life", "the rate of re-operation", "diagnostic yield",
    ),
}  # fmt: skip
TEMPLATES: dict[str, tuple[str, ...]] = {
    "covered": (
        "{Service} is covered when the beneficiary has {condition} together with {finding}.",
        "Coverage extends to {service} once {care} has been tried for at least {n} {span}.",
        "The service is reasonable and necessary for {condition} if the record shows {finding}.",
        "A repeat course is covered where the first brought at least {n} percent improvement.",
        "For beneficiaries with {condition}, {service} may be covered after {n} {span} of {care}.",
        "Both {finding} and {finding2} must be present before {service} is begun.",
        "Medicare pays for {service} only in a setting where {provider} can respond at once.",
        "An initial trial of {n} {span} is covered; longer use needs proof of benefit.",
        "{Service} under §1862(a)(1)(A) is covered for {condition} and for no lesser complaint.",
    ),
    "noncovered": (
        "{Service} is not reasonable and necessary for {condition} without {finding}.",
        "Use of {service} for screening, comfort or convenience is not covered.",
        "{Service} is considered investigational for {condition} and will be denied.",
        "Claims for {service} within {n} {span} of an earlier course are not covered.",
        "There is no coverage of {service} where {care} alone would serve.",
        "Services that {provider} furnishes without {record} are not reasonable and necessary.",
        "Combined use with {service2} is noncovered, as neither adds to the other’s effect.",
        "{Service} remains noncovered where the only sign is {finding}.",
    ),
    "limits": (
        "No more than {n} units are allowed in any rolling period of {n2} {span}.",
        "{Service} is limited to {n} sessions in a calendar year unless {finding} is shown.",
        "More than one course in {n} {span} is expected to be rare & may prompt review.",
        "Frequency beyond {n} services in {n2} {span} is not considered necessary.",
        "{Provider} must reassess the need for {service} every {n} {span}.",
        "A quantity above {n} each month must be explained in {record}.",
    ),
    "documentation": (
        "The medical record must hold {record} and {record2}.",
        "{Provider} keeps {record} and makes it available when the contractor asks.",
        "Documentation must support {finding} on the date of service.",
        "A service without {record} is treated as not furnished.",
        "An addendum written more than {n} days later has little weight against {record}.",
        "Each claim for {service} must be backed by {record}, legible & signed.",
    ),
    "background": (
        "{Service} is meant to relieve {condition} where {care} has failed.",
        "{Condition} affects older adults most, and often goes with {condition2}.",
        "The device delivers its effect over {n} minutes and needs no anesthesia.",
        "Patients with {condition} commonly report {finding}.",
        "Compared with {care}, the approach is newer – and its place is still debated.",
        "The term “{service}” is used here for every product of that class, whatever its brand.",
        "Most courses last {n} {span}, with a pause whenever {finding} is seen.",
    ),
    "evidence": (
        "In {study} of {n} participants, {service} changed {measure} only slightly (p<0.05).",
        "{Study} that compared {service} with {care} found no difference in {measure}.",
        "Follow-up over {n} {span} suggests a lasting gain in {measure}.",
        "The authors of {study} warn that {measure} was a secondary outcome.",
        "Risk of bias was high, since {n} percent of those with {condition} dropped out.",
        "Specialists agree that {measure} matters more to patients than {measure2}.",
        "Evidence for {condition} is of low certainty; for {condition2} it is moderate.",
    ),
    "citation": (
        "Example A, Sample B. {Service} in {condition}: {study}. J Invent Med. 20{n};{n2}:101–109.",
        "Sample C et al. {Measure} after {service}. Ann Fict Ther. 20{n};{n2}(3):11–19.",
    ),
}  # fmt: skip
BOILERPLATE = (
    "{contractor} publishes this text for claims that its own claims centers process.",
    "Nothing in these pages replaces the provider’s duty to know the rules of the program.",
    "Contractors may ask for records before or after payment; {contractor} does so at random.",
    "Payment needs a benefit category, no statutory exclusion, and medical necessity.",
    "Title XVIII of the Social Security Act, §1862(a)(1)(A), is the ground for these limits.",
    "{contractor} follows national rules of the Centers for Medicare & Medicaid Services first.",
)
_PARTS = {
    kind: tuple(tuple(re.split(r"\{(\w+)\}", template)) for template in templates)
    for kind, templates in TEMPLATES.items()
}


@dataclass(frozen=True, slots=True)
class Topic:
    """What a document is about."""

    service: str
    condition: str

    @property
    def title(self) -> str:
        """A title in capitals and small letters, such as "Gait Retraining for Heart Failure"."""
        return f"{self.service.title()} for {self.condition.title()}"


def topic(rng: random.Random) -> Topic:
    """A service and a condition, at random."""
    return Topic(rng.choice(_SERVICES), rng.choice(_CONDITIONS))


def sentence(kind: str, rng: random.Random, about: Topic) -> str:
    """A plain sentence of a kind of TEMPLATES."""
    parts = rng.choice(_PARTS[kind])
    return "".join(_word(part, rng, about) if odd % 2 else part for odd, part in enumerate(parts))


def _word(slot: str, rng: random.Random, about: Topic) -> str:
    name = slot.rstrip("2").lower()
    if name == "n":
        return str(rng.randrange(10, 100))
    if name == "service":
        word = about.service if slot[-1] != "2" else rng.choice(_SERVICES)
    elif name == "condition":
        own = slot[-1] != "2" and rng.random() < 0.6
        word = about.condition if own else rng.choice(_CONDITIONS)
    else:
        word = rng.choice(_SLOTS[name])
    return word[0].upper() + word[1:] if slot[0].isupper() else word


def key_sentence(about: Topic, count: int) -> str:
    """The sentence that an edit changes: two versions differ in its number, two digits always."""
    return (
        f"Under this policy {about.service} for {about.condition} "
        f"is limited to {count} services in each period of coverage."
    )


def boilerplate(contractor: str, rng: random.Random) -> list[str]:
    """Three sentences that a contractor repeats from document to document."""
    first = rng.randrange(len(BOILERPLATE) - 2)
    return [text.format(contractor=contractor) for text in BOILERPLATE[first : first + 3]]
