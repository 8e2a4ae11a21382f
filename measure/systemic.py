"""Which complaints are about the same thing: clusters by words, product and category, each with who and when.

Words are compared as TF-IDF vectors of word stems and pairs of them; complaints that have enough close neighbours grow
into one cluster (DBSCAN). Copies of one text are one point with as many people as sent it: a campaign is one candidate
in which each author counts.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from measure.generic_words import GENERIC
from measure.neighbours import Neighbours, Pairs
from measure.stems import stem_of, words_of

LEAST_PEOPLE = 3
CLOSE = 0.30
"""Cosine from which two complaints are neighbours. See the planted clusters in `tests/measure/test_systemic.py`."""
CLOSER_BY, CLOSEST = 0.05, 0.6
COHERENT = 0.35
"""Length of the mean of a cluster's vectors: 1 where all say the same, near nothing where they are about many."""
OTHER_NATURE = 0.75
"""What is left of the cosine where product or category are known and differ."""
LEAST_WORDS = 2
"""One word alone, such as the name of a product, is no common cause."""
SHARED_BY = 0.2
MOST_WORDS_SHOWN, MOST_EXAMPLES = 6, 5
WEEKS_SHOWN = 12

Word = tuple[str, str]
"""Its stem and itself."""


@dataclass(frozen=True, slots=True)
class ComplaintText:
    """`author` is a key that says who is the same person, or None where nobody can tell."""

    complaint_id: str
    author: str | None
    received_on: date
    product: str | None
    category: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Cluster:
    complaint_ids: tuple[str, ...]
    """By day of receipt, oldest first."""
    people: int
    """Authors that can be told apart."""
    name: str
    """Its most frequent product and category."""
    words: tuple[str, ...]
    """Used by a fifth of them and at least `LEAST_PEOPLE`, the most telling first; no handles, addresses, numbers."""
    examples: tuple[str, ...]
    """Complaint ids, the most typical first."""
    first_on: date
    last_on: date


def clusters(complaints: Sequence[ComplaintText]) -> list[Cluster]:
    """The largest first; in each at least `LEAST_PEOPLE` people. The order of `complaints` does not matter."""
    ordered = sorted(complaints, key=lambda one: (one.received_on, one.complaint_id))
    known: dict[str, Word] = {}
    texts = [_stems(one.text, known) for one in ordered]
    groups = _same_texts(ordered, texts)
    if not groups:
        return []
    nodes = [group[0] for group in groups]
    vectors = _vectors([texts[node] for node in nodes])
    told = [ordered[node] for node in nodes]
    everywhere = Counter(stem for stems in texts for stem in {stem for stem, _ in stems})
    people = np.array([_people(ordered[at] for at in group) for group in groups])
    found = []
    for parts in _coherent(vectors, told, people, CLOSE):
        members = sorted(at for part in parts for at in groups[part])
        if _people(ordered[at] for at in members) >= LEAST_PEOPLE:
            inside = [ordered[at] for at in members]
            middle = np.asarray(vectors[parts].mean(axis=0)).ravel()
            typical = [parts[at] for at in np.argsort(-(vectors[parts] @ middle), kind="stable")[:MOST_EXAMPLES]]
            examples = tuple(ordered[groups[part][0]].complaint_id for part in typical)
            found.append(
                _cluster(inside, examples, _telling(inside, [texts[at] for at in members], everywhere, len(texts)))
            )
    found = [one for one in found if len(one.words) >= LEAST_WORDS]
    return sorted(found, key=lambda one: (-len(one.complaint_ids), one.complaint_ids))


def weeks_of(days: Iterable[tuple[date, str]], *, until: date, weeks: int = WEEKS_SHOWN) -> tuple[int, ...]:
    """People a week, oldest first: (day, author) of each complaint; an author counts in the week of their first one.

    The last week is the seven days that end with `until`.
    """
    first: dict[str, date] = {}
    for day, author in days:
        first[author] = min(day, first.get(author, day))
    counted = Counter((until - day).days // 7 for day in first.values() if day <= until)
    return tuple(counted[back] for back in range(weeks - 1, -1, -1))


def _stems(text: str, known: dict[str, Word]) -> list[Word]:
    """Those of its words, in order; `known` holds each word of all texts once."""
    words = (word for word in words_of(text) if word not in GENERIC)
    return [known.get(word) or known.setdefault(word, (stem_of(word), word)) for word in words]


def _same_texts(ordered: Sequence[ComplaintText], texts: Sequence[list[Word]]) -> list[list[int]]:
    """Places of complaints that hold the same words, each group by day; what has no words is about nothing."""
    groups: defaultdict[tuple[object, ...], list[int]] = defaultdict(list)
    for at, (one, stems) in enumerate(zip(ordered, texts, strict=True)):
        if stems:
            groups[tuple(sorted({stem for stem, _ in stems})), one.product, one.category].append(at)
    return list(groups.values())


def _vectors(texts: Sequence[list[Word]]) -> csr_matrix:
    """One row of length 1 per text: words and pairs of neighbouring words, rare ones weighing more."""
    numbers = {stem: number for number, stem in enumerate(dict.fromkeys(stem for stems in texts for stem, _ in stems))}
    terms = [_terms(np.array([numbers[stem] for stem, _ in stems], dtype=np.int64)) for stems in texts]
    rows = np.repeat(np.arange(len(texts)), [len(some) for some in terms])
    _, places = np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *terms]), return_inverse=True)
    counts = csr_matrix((np.ones(len(rows)), (rows, places)), shape=(len(texts), max(places, default=0) + 1))
    seen = counts.getnnz(axis=0)
    matrix = csr_matrix(counts[:, np.flatnonzero(seen > 1)])
    rare = np.log(1 + len(texts) / seen[seen > 1])
    matrix.data = (1 + np.log(matrix.data)) * rare[matrix.indices]
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    lengths[lengths == 0] = 1.0
    return csr_matrix(matrix.multiply(1 / lengths[:, None]))


def _terms(stems: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """A number for each stem, and one for each pair of neighbours."""
    return np.concatenate([stems, (stems[:-1] + 1 << 32) + stems[1:]])


def _natures(nodes: Sequence[ComplaintText]) -> tuple[list[str | None], list[str | None]]:
    return [one.product for one in nodes], [one.category for one in nodes]


def _codes(values: Sequence[str | None]) -> npt.NDArray[np.int64]:
    """One number a value; 0 where it is not known."""
    known = {value: code for code, value in enumerate(sorted({value for value in values if value}), 1)}
    return np.array([known[value] if value else 0 for value in values])


def _coherent(
    vectors: csr_matrix, nodes: Sequence[ComplaintText], people: npt.NDArray[np.int64], close: float
) -> Iterator[list[int]]:
    """A chain of complaints from one subject to the next is asked for closer links, until it breaks."""
    natures = [_codes(values) for values in _natures(nodes)]
    near = Neighbours(vectors, natures, other_nature=OTHER_NATURE)
    for parts in _grown(lambda: near.pairs(close), people):
        together = float(np.linalg.norm(np.asarray(vectors[parts].mean(axis=0))))
        if together >= COHERENT or close >= CLOSEST:
            yield parts
        else:
            inner = _coherent(vectors[parts], [nodes[at] for at in parts], people[parts], close + CLOSER_BY)
            yield from ([parts[at] for at in some] for some in inner)


def _grown(close: Callable[[], Iterator[Pairs]], people: npt.NDArray[np.int64]) -> list[list[int]]:
    """Texts with enough people among their neighbours, grown together, and what is close to one of these.

    The pairs are gone through twice, and never held: first to count, then to join.
    """
    around = np.zeros(len(people))
    for rows, columns in close():
        around += np.bincount(rows, people[columns], minlength=len(people))
    is_dense = around >= LEAST_PEOPLE
    names, edge = np.arange(len(people)), list[tuple[int, int]]()
    for rows, columns in close():
        both = is_dense[rows] & is_dense[columns]
        names = _joined(names, rows[both], columns[both])
        outside = ~is_dense[rows] & is_dense[columns]
        edge += zip(rows[outside].tolist(), columns[outside].tolist(), strict=True)
    parts: defaultdict[int, list[int]] = defaultdict(list)
    for node in np.flatnonzero(is_dense).tolist():
        parts[int(names[node])].append(node)
    near: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for node, other in edge:
        near[node][int(names[other])] += 1
    for node, counted in near.items():
        parts[min(counted, key=lambda name: (-counted[name], name))].append(node)
    return list(parts.values())


def _joined(
    names: npt.NDArray[np.int64], rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Nodes that were joined before stay so: each is tied to the one that gives it its name."""
    size = len(names)
    ends = np.concatenate([rows, np.arange(size)]), np.concatenate([columns, names])
    graph = csr_matrix((np.ones(len(ends[0]), dtype=np.int8), ends), shape=(size, size))
    _, found = connected_components(graph, directed=False)
    first = np.full(found.max() + 1, size)
    np.minimum.at(first, found, np.arange(size))
    joined: npt.NDArray[np.int64] = first[found]
    return joined


def _cluster(inside: Sequence[ComplaintText], examples: tuple[str, ...], words: tuple[str, ...]) -> Cluster:
    return Cluster(
        complaint_ids=tuple(one.complaint_id for one in inside),
        people=_people(inside),
        name=_name(inside),
        words=words,
        examples=examples,
        first_on=inside[0].received_on,
        last_on=inside[-1].received_on,
    )


def _people(complaints: Iterable[ComplaintText]) -> int:
    return len({one.author for one in complaints if one.author is not None})


def _name(inside: Sequence[ComplaintText]) -> str:
    values = (Counter(value for value in nature if value) for nature in _natures(inside))
    return ", ".join(counted.most_common(1)[0][0] for counted in values if counted) or "unknown"


def _telling(
    inside: Sequence[ComplaintText], texts: Sequence[list[Word]], everywhere: Mapping[str, int], total: int
) -> tuple[str, ...]:
    """Words whose share inside is furthest above their share in all complaints."""
    people: defaultdict[str, set[str]] = defaultdict(set)
    spelt: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one, stems in zip(inside, texts, strict=True):
        for stem, word in stems:
            people[stem].add(one.author or one.complaint_id)
            spelt[stem][word] += 1
    shared = {
        stem: len(who) * np.log(1 + total / everywhere[stem])
        for stem, who in people.items()
        if len(who) >= max(LEAST_PEOPLE, SHARED_BY * len(inside))
    }
    best = sorted(shared, key=lambda stem: (-shared[stem], stem))[:MOST_WORDS_SHOWN]
    return tuple(min(spelt[stem].items(), key=lambda item: (-item[1], item[0]))[0] for stem in best)
