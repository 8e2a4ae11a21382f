"""Notices as data: versioned templates, external dispute schemes, what each notice must hold, words that show it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import chain
from pathlib import Path
from string import Formatter
from typing import TypeVar

from models.clock import Force
from models.complaint import DelayReason, Outcome
from models.errors import RecordError, SetupError
from policy.phrases import PhraseIndex
from policy.table import Table, read_table

FOLDER = Path(__file__).parent / "notices"
LANGUAGES = ("en", "tr", "bg")
WORDS = (
    "right",
    "right_denied",
    "days_28",
    "objection",
    "delay",
    "distribution",
    "only",
    "no_ground",
    "tipping_off",
)
_MONTHS = 12
Dated = TypeVar("Dated", "Template", "Scheme")


class NoticeKind(StrEnum):
    ACKNOWLEDGEMENT = "acknowledgement"
    IDR_RESPONSE = "idr_response"
    DELAY_NOTICE = "delay_notice"
    FIVE_DAY_CLOSURE = "five_day_closure"
    HOLDING_REPLY = "holding_reply"
    HARDSHIP_REFUSAL = "hardship_refusal"
    DEATH_BENEFIT_DECISION = "death_benefit_decision"


class NoticeForm(StrEnum):
    LETTER = "letter"
    """Letter or e-mail."""
    MESSAGE = "message"
    """A private message."""


@dataclass(frozen=True, slots=True)
class Template:
    kind: NoticeKind
    variant: str
    """Outcome of an IDR response, basis of a closing, sort of decision on a death benefit; else empty."""
    language: str
    form: NoticeForm
    version: str
    from_on: date
    needs: frozenset[str]
    subject: str
    text: str

    @property
    def title(self) -> str:
        variant = f".{self.variant}" if self.variant else ""
        return f"{self.kind.value}{variant}.{self.language}.{self.form.value} {self.version}"


@dataclass(frozen=True, slots=True)
class Scheme:
    """Who a complaint can be taken to when the firm's answer does not satisfy."""

    key: str
    from_on: date
    packs: frozenset[str]
    name: str
    names: Mapping[str, str]
    """Language → the name in it."""
    short_name: str
    website: str
    phone: str
    email: str
    post: str
    source: str

    @property
    def contacts(self) -> tuple[str, ...]:
        """What may stand in a public reply."""
        return (self.phone, self.email, self.post)


@dataclass(frozen=True, slots=True)
class Element:
    """Something that a notice must hold. Empty sets do not narrow it."""

    key: str
    kinds: frozenset[NoticeKind]
    variants: frozenset[str]
    except_variants: frozenset[str]
    outcomes: frozenset[Outcome]
    only_types: frozenset[str]
    except_types: frozenset[str]
    packs: frozenset[str]
    paragraph: str
    force: Force
    blocks: bool
    asks: str

    def is_asked_of(
        self, kind: NoticeKind, *, pack: str, variant: str, outcome: Outcome | None, types: Iterable[str]
    ) -> bool:
        own = frozenset(types)
        return (
            kind in self.kinds
            and (not self.packs or pack in self.packs)
            and (not self.variants or variant in self.variants)
            and variant not in self.except_variants
            and (not self.outcomes or outcome in self.outcomes)
            and (not self.only_types or bool(own & self.only_types))
            and not (own and own <= self.except_types)
        )


@dataclass(frozen=True, slots=True)
class Ground:
    """An example of a ground for a delay, offered to who writes the notice."""

    reason: DelayReason
    paragraph: str
    text: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Notices:
    version: str
    """Of the rules of contents; each template has its own."""
    source: str
    templates: tuple[Template, ...]
    schemes: tuple[Scheme, ...]
    elements: tuple[Element, ...]
    least_detail_words: int
    words: PhraseIndex
    grounds: tuple[Ground, ...]
    relied_on: Mapping[str, str]
    months: Mapping[str, tuple[str, ...]]

    def template(self, kind: NoticeKind, *, language: str, form: NoticeForm, on: date, variant: str = "") -> Template:
        """The one in force that day, in English where the language is not written.

        Raises: RecordError naming what there is.
        """
        of_kind = [item for item in self.templates if item.kind is kind and item.form is form]
        fitting = [item for item in of_kind if item.variant == variant]
        if not fitting:
            known = ", ".join(sorted({item.variant or "(none)" for item in of_kind}))
            raise RecordError(f"no {kind.value} template for {variant or '(none)'!r}; there are: {known}")
        spoken = [item for item in fitting if item.language == language[:2]]
        found = _in_force(spoken or [item for item in fitting if item.language == LANGUAGES[0]], on)
        if found is None:
            first = min(item.from_on for item in fitting)
            raise RecordError(f"no {kind.value} template in force on {on}; the first is from {first} on")
        return found

    def scheme(self, pack: str, on: date) -> Scheme | None:
        """The scheme that a pack's complaints go to, with the details in force that day; None where none is known."""
        return _in_force([item for item in self.schemes if pack in item.packs], on)

    def elements_for(
        self, kind: NoticeKind, *, pack: str, variant: str, outcome: Outcome | None, types: Iterable[str]
    ) -> tuple[Element, ...]:
        own = tuple(types)
        return tuple(
            item
            for item in self.elements
            if item.is_asked_of(kind, pack=pack, variant=variant, outcome=outcome, types=own)
        )

    def spoken_date(self, day: date, language: str) -> str:
        month = self.months.get(language[:2], self.months[LANGUAGES[0]])[day.month - 1]
        return f"{day.day} {month} {day.year}"


def load_notices(folder: Path = FOLDER, *, schemes: Path | None = None) -> Notices:
    """`schemes`: the firm's own file of dispute schemes in place of the shipped one.

    Raises: SetupError naming the file and the key.
    """
    contents, words = _read(folder / "contents.toml"), _read(folder / "words.toml")
    labels = words.table("labels")
    notices = Notices(
        version=contents.text("version"),
        source=contents.text("source"),
        templates=_templates(folder),
        schemes=_schemes(schemes or folder / "schemes.toml"),
        elements=tuple(_element(row) for row in contents.tables("element")),
        least_detail_words=contents.whole("least_detail_words", least=1, most=1_000),
        words=_index(words),
        grounds=tuple(_ground(row) for row in words.tables("ground")),
        relied_on=_texts(labels.table("relied_on")),
        months=_months(labels.table("months")),
    )
    for table in (contents, words, labels):
        table.done()
    return notices


def placeholders_in(text: str) -> frozenset[str]:
    """Raises: ValueError for a brace that opens none."""
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def _read(path: Path) -> Table:
    if not path.is_file():
        raise SetupError(f"{path}: there is no such file; notices need it")
    return read_table(path, file=f"{path.parent.name}/{path.name}")


def _in_force(items: Iterable[Dated], on: date) -> Dated | None:
    return max((item for item in items if item.from_on <= on), key=lambda item: item.from_on, default=None)


def _templates(folder: Path) -> tuple[Template, ...]:
    files = sorted(folder.glob("*.*.toml"))
    templates = tuple(chain.from_iterable(_templates_of(_read(file), file.name) for file in files))
    written = {(item.kind, item.language) for item in templates}
    lacking = [
        f"{kind.value}.{language}" for kind in NoticeKind for language in LANGUAGES if (kind, language) not in written
    ]
    if lacking:
        raise SetupError(f"{folder.name}: no templates in {', '.join(lacking)}")
    return templates


def _templates_of(table: Table, file: str) -> Iterator[Template]:
    kind, language = table.choice("kind", NoticeKind), table.text("language")
    if file != f"{kind.value}.{language}.toml":
        raise table.refuse("kind", f"and 'language' must be those of the file, not {kind.value}.{language}")
    seen = set()
    for row in table.tables("template"):
        template = _template(row, kind, language)
        key = (template.variant, template.form, template.from_on)
        if key in seen:
            raise row.refuse("from", f"is that of another {template.form.value} for {template.variant or 'all'!r}")
        seen.add(key)
        yield template
    table.done()


def _template(row: Table, kind: NoticeKind, language: str) -> Template:
    template = Template(
        kind=kind,
        variant=row.text("variant") if "variant" in row else "",
        language=language,
        form=row.choice("form", NoticeForm),
        version=row.text("version"),
        from_on=row.day("from"),
        needs=frozenset(row.texts("needs")),
        subject=row.text("subject") if "subject" in row else "",
        text=row.text("text"),
    )
    row.done()
    try:
        used = placeholders_in(template.text) | placeholders_in(template.subject)
    except ValueError as error:
        raise row.refuse("text", f"has a brace that opens no placeholder: {error}") from error
    if used != template.needs:
        raise row.refuse("needs", f"must be exactly what the text holds; different: {', '.join(used ^ template.needs)}")
    return template


def _schemes(path: Path) -> tuple[Scheme, ...]:
    table = _read(path)
    schemes = tuple(_scheme(row) for row in table.tables("scheme"))
    table.done()
    keys = [(item.key, item.from_on) for item in schemes]
    if len(set(keys)) < len(keys):
        raise table.refuse("scheme", "has two records of one scheme from one date")
    return schemes


def _scheme(row: Table) -> Scheme:
    names = row.table("names")
    scheme = Scheme(
        key=row.text("key"),
        from_on=row.day("from"),
        packs=frozenset(row.texts("packs")),
        name=row.text("name"),
        names={language: names.text(language) for language in names.names()},
        short_name=row.text("short_name"),
        website=row.text("website"),
        phone=row.text("phone"),
        email=row.text("email"),
        post=row.text("post"),
        source=row.text("source"),
    )
    row.done()
    return scheme


def _element(row: Table) -> Element:
    force = row.choice("force", Force)
    element = Element(
        key=row.text("key"),
        kinds=row.choices("kinds", NoticeKind),
        variants=_some(row, "variants"),
        except_variants=_some(row, "except_variants"),
        outcomes=row.choices("outcomes", Outcome) if "outcomes" in row else frozenset(),
        only_types=_some(row, "only_types"),
        except_types=_some(row, "except_types"),
        packs=_some(row, "packs"),
        paragraph=row.text("paragraph"),
        force=force,
        blocks=row.flag("blocks", otherwise=force is Force.ENFORCEABLE),
        asks=row.text("asks"),
    )
    row.done()
    if force is Force.ENFORCEABLE and not element.blocks:
        raise row.refuse("blocks", "must be true for what is enforceable")
    return element


def _some(row: Table, name: str) -> frozenset[str]:
    return frozenset(row.texts(name)) if name in row else frozenset()


def _ground(row: Table) -> Ground:
    ground = Ground(row.choice("reason", DelayReason), row.text("paragraph"), _texts(row.table("text")))
    row.done()
    return ground


def _texts(table: Table) -> dict[str, str]:
    return _by_language(table, table.text)


def _months(table: Table) -> dict[str, tuple[str, ...]]:
    months = _by_language(table, lambda language: tuple(table.text(language).split()))
    wrong = [language for language, names in months.items() if len(names) != _MONTHS]
    if wrong:
        raise table.refuse(wrong[0], "must name twelve months")
    return months


Read = TypeVar("Read")


def _by_language(table: Table, read: Callable[[str], Read]) -> dict[str, Read]:
    found = {language: read(language) for language in LANGUAGES}
    table.done()
    return found


def _index(table: Table) -> PhraseIndex:
    phrases: dict[str, tuple[str, ...]] = {}
    for name in WORDS:
        row = table.table(name)
        phrases[name] = tuple(chain.from_iterable(row.texts(language) for language in LANGUAGES))
        row.done()
    try:
        return PhraseIndex(phrases)
    except ValueError as error:
        raise table.refuse("words", f"hold a phrase that cannot be read: {error}") from error
