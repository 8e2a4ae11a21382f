"""SQL injection: what is typed is a value, never a part of a statement."""

import ast
from pathlib import Path
from urllib.parse import urlencode

import pytest

from inbox.roles import Role
from models.erasure import Person
from store.search import read_words
from store.selection import Selection
from store.store import Store
from tests.flow.bench import Bench, message
from tests.inbox.conftest import add_person
from tests.inbox.factory import NOW

ROOT = Path(__file__).parents[2]
RUNS_SQL = frozenset({"text", "exec_driver_sql", "literal_column", "TextClause", "executescript"})
MADE_OF_NAMES = {
    "store/backup.py": "names of functions, read from the catalogue of the database itself",
    "store/scrub.py": "names of our own tables",
}
"""Where a statement is put together, and of what."""


def test_no_statement_is_put_together_of_values():
    for path in ROOT.rglob("*.py"):
        parts = path.relative_to(ROOT).parts
        if parts[0] in ("tests", "benchmarks", ".venv") or {"node_modules", "migrations"} & set(parts):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and _runs_sql(node.func):
                is_made = any(isinstance(one, ast.JoinedStr | ast.BinOp | ast.Mod) for one in ast.walk(node.args[0]))
                assert not is_made or "/".join(parts) in MADE_OF_NAMES, (parts, node.lineno)


def _runs_sql(called: ast.expr) -> bool:
    """`text` by its bare name alone: pages have methods of that name."""
    name = ast.unparse(called)
    return name.split(".")[-1] in RUNS_SQL and (not name.endswith(".text") or name.startswith("sa"))


def found(store: Store, typed: str) -> set[int]:
    with store.reading() as transaction:
        rows = transaction.cases.queue(Selection("every", words=read_words(typed)), person="x", now=NOW, limit=100)
    return {row.case.id for row in rows}


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("%", 0),
        ("_", 0),
        ("ba%ana", 0),
        ("ba_ana", 0),
        ("b*", 0),
        ("banana OR apple", 0),
        ("NOT banana", 0),
        ("!banana", 1),
        ("banana <-> apple", 0),
        ("NEAR(banana apple)", 0),
        ("words:banana", 0),
        ("ban", 1),
        ('"banana split"', 1),
        ("' OR 1=1 --", 0),
    ],
)
def test_a_sign_of_the_databases_language_finds_no_more_than_what_was_typed(store, typed, number):
    bench = Bench(store)
    bench.read(message("I paid for a banana split", id="1"), message("and an apple", id="2", conversation_id="2"))
    bench.drain()
    assert len(found(store, typed)) == number


@pytest.mark.parametrize("handle", ["a%b_c", "back\\slash", "ünal_larş", "two words", "100%"])
def test_an_erasure_takes_the_saved_lists_with_this_name_and_no_others(store, handle):
    user_id = add_person(store, "Ada", Role.ADMIN)
    with store.writing() as transaction:
        for name, typed in (("his", handle), ("other", "axbyc backslash unal 100x"), ("none", "x")):
            transaction.saved_views.save(user_id, name, urlencode({"view": "every", "q": typed}), now=NOW)
        assert transaction.erasing.looked_for(Person("x:1", "x", "1", handle.upper())) == 1
        assert [one.name for one in transaction.saved_views.of(user_id)] == ["none", "other"]
