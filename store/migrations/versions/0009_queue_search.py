"""Search and filters of the queue: words of messages, tags and languages of cases, saved views; indexes for speed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

from store.columns import Instant, Serial
from store.folding import JOINERS, MARKS, SAME, SIGNS

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

FACTS_OF_QUEUE = ("tier", "label", "owner", "is_complaint", "needs_person", "next_due_at", "channel")
IS_DELETED = "EXISTS (SELECT 1 FROM platform_deletions d WHERE d.mention_id = {row}.id)"
MOST_CHARACTERS = 20_000
"""Of a message: what comes after is not found, and no text is too large for the index."""

_FACT = (
    "coalesce(' ' || (SELECT json_extract(facts, '$.{name}') FROM author_snapshots WHERE id = {{row}}.snapshot_id), '')"
)
_WHO = _FACT.format(name="handle") + " || " + _FACT.format(name="name")
SQLITE_WORDS = f"""
INSERT INTO message_words (mention_id, case_id, words)
SELECT {{row}}.id, {{row}}.case_id, replace(substr({{row}}.text, 1, {MOST_CHARACTERS}) || {_WHO}, 'ı', 'i')
{{source}} WHERE {{row}}.case_id IS NOT NULL AND NOT {IS_DELETED};
"""  # noqa: S608  constants
SQLITE_TAGS = """
INSERT OR IGNORE INTO case_facets (case_id, kind, value)
SELECT {row}.id, 'tag', each.value FROM {source}json_each({row}.decision, '$.tags') each;
"""
SQLITE_NO_TAGS = "DELETE FROM case_facets WHERE case_id = NEW.id AND kind = 'tag';"
SQLITE_LANG = """
INSERT OR IGNORE INTO case_facets (case_id, kind, value)
SELECT {row}.case_id, 'lang', {row}.lang {source} WHERE {row}.case_id IS NOT NULL AND {row}.lang IS NOT NULL;
"""
SQLITE_LANG_AGAIN = """
DELETE FROM case_facets WHERE case_id = OLD.case_id AND kind = 'lang' AND OLD.case_id IS NOT NEW.case_id;
INSERT OR IGNORE INTO case_facets (case_id, kind, value)
SELECT m.case_id, 'lang', m.lang FROM mentions m
WHERE m.case_id = OLD.case_id AND m.lang IS NOT NULL AND OLD.case_id IS NOT NEW.case_id;
"""


def upgrade() -> None:
    _tables()
    _indexes()
    if op.get_bind().dialect.name == "postgresql":
        _on_postgres()
    else:
        _on_sqlite()


def _tables() -> None:
    words = sa.Text().with_variant(TSVECTOR(), "postgresql")
    op.create_table(
        "message_words",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("mention_id", sa.String(length=40), nullable=False),
        sa.Column("case_id", Serial, nullable=False),
        sa.Column("words", words, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_words")),
        sa.UniqueConstraint("mention_id", name=op.f("uq_message_words_mention_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "case_facets",
        sa.Column("case_id", Serial, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False, comment="tag, or lang of one of its messages"),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_facets_case_id")),
        sa.PrimaryKeyConstraint("case_id", "kind", "value", name=op.f("pk_case_facets")),
    )
    op.create_index("ix_case_facets_value", "case_facets", ["kind", "value", "case_id"])
    what = "View, filters, words and order, as in the address of the queue"
    op.create_table(
        "saved_views",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("user_id", Serial, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("query", sa.Text(), nullable=False, comment=what),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_saved_views_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        sa.UniqueConstraint("user_id", "name", name=op.f("uq_saved_views_user_id_name")),
        sqlite_autoincrement=True,
    )


def _indexes() -> None:
    op.drop_index("ix_cases_queue", "cases")
    op.create_index("ix_cases_work", "cases", ["state", "score", *FACTS_OF_QUEUE, "last_message_at", "updated_at"])
    op.create_index("ix_cases_tier", "cases", ["tier", "score", "last_message_at", "next_due_at"])
    op.create_index("ix_cases_score", "cases", ["score"])
    op.create_index("ix_cases_last", "cases", ["last_message_at"])


def _run(*statements: str) -> None:
    for statement in statements:
        op.get_bind().exec_driver_sql(statement)


def _trigger(name: str, moment: str, body: str, when: str = "") -> str:
    return f"CREATE TRIGGER {name} AFTER {moment} FOR EACH ROW {when} BEGIN {body} END"


def _on_sqlite() -> None:
    forget = "INSERT INTO message_words_fts (message_words_fts, rowid, words) VALUES ('delete', OLD.id, OLD.words);"
    drop = "DELETE FROM message_words WHERE mention_id = {};"
    words = SQLITE_WORDS.format(row="NEW", source="")
    tags = SQLITE_NO_TAGS + SQLITE_TAGS.format(row="NEW", source="")
    other_tags = "WHEN json_extract(OLD.decision, '$.tags') IS NOT json_extract(NEW.decision, '$.tags')"
    lang = SQLITE_LANG.format(row="NEW", source="")
    again = SQLITE_LANG_AGAIN + lang
    _run(
        "CREATE VIRTUAL TABLE message_words_fts USING fts5(words, content='message_words', content_rowid='id',"
        " tokenize='unicode61 remove_diacritics 2', prefix='2 3')",
        _trigger(
            "message_words_in",
            "INSERT ON message_words",
            "INSERT INTO message_words_fts (rowid, words) VALUES (NEW.id, NEW.words);",
        ),
        _trigger("message_words_out", "DELETE ON message_words", forget),
        SQLITE_WORDS.format(row="m", source="FROM mentions m"),
        SQLITE_TAGS.format(row="c", source="cases c, "),
        SQLITE_LANG.format(row="m", source="FROM mentions m"),
        _trigger("mention_words_new", "INSERT ON mentions", words, "WHEN NEW.case_id IS NOT NULL"),
        _trigger(
            "mention_words_changed",
            "UPDATE OF text, snapshot_id, case_id ON mentions",
            drop.format("NEW.id") + words,
        ),
        _trigger("mention_words_gone", "DELETE ON mentions", drop.format("OLD.id")),
        _trigger("mention_words_deleted", "INSERT ON platform_deletions", drop.format("NEW.mention_id")),
        _trigger("case_tags_new", "INSERT ON cases", tags),
        _trigger("case_tags_changed", "UPDATE OF decision ON cases", tags, other_tags),
        _trigger("case_lang_new", "INSERT ON mentions", lang, "WHEN NEW.case_id IS NOT NULL"),
        _trigger("case_lang_changed", "UPDATE OF case_id, lang ON mentions", again),
    )


def _on_postgres() -> None:
    letters = "".join(map(chr, SAME)) + JOINERS.replace("'", "''")
    plain = "".join(SAME.values()) + " " * len(JOINERS)
    signs = "".join(f"{chr(first)}-{chr(last)}" for first, last in SIGNS)
    marks = f"{chr(MARKS[0])}-{chr(MARKS[1])}"
    _run(
        f"""
        CREATE FUNCTION words_of(said text, snapshot bigint) RETURNS tsvector LANGUAGE sql STABLE AS $$
            SELECT to_tsvector('simple', regexp_replace(regexp_replace(translate(
                left(said, {MOST_CHARACTERS}) || ' ' || coalesce((SELECT
                    coalesce(facts->>'handle', '') || ' ' || coalesce(facts->>'name', '')
                    FROM author_snapshots WHERE id = snapshot), ''),
                '{letters}', '{plain}'), '[{marks}]', '', 'g'), '[{signs}]', ' ', 'g')) $$""",  # noqa: S608  constants
        f"""
        CREATE FUNCTION mention_words_refresh() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            DELETE FROM message_words WHERE mention_id = NEW.id;
            IF NEW.case_id IS NOT NULL AND NOT {IS_DELETED.format(row="NEW")} THEN
                INSERT INTO message_words (mention_id, case_id, words)
                VALUES (NEW.id, NEW.case_id, words_of(NEW.text, NEW.snapshot_id));
            END IF;
            RETURN NULL;
        END $$""",  # noqa: S608  constants
        """
        CREATE FUNCTION mention_words_drop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            DELETE FROM message_words WHERE mention_id = NEW.mention_id;
            RETURN NULL;
        END $$""",
        """
        CREATE FUNCTION case_tags_refresh() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            DELETE FROM case_facets WHERE case_id = NEW.id AND kind = 'tag';
            INSERT INTO case_facets (case_id, kind, value)
            SELECT NEW.id, 'tag', value FROM jsonb_array_elements_text(NEW.decision->'tags') ON CONFLICT DO NOTHING;
            RETURN NULL;
        END $$""",
        """
        CREATE FUNCTION case_lang_refresh() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF TG_OP = 'UPDATE' AND OLD.case_id IS DISTINCT FROM NEW.case_id THEN
                DELETE FROM case_facets WHERE case_id = OLD.case_id AND kind = 'lang';
                INSERT INTO case_facets (case_id, kind, value)
                SELECT DISTINCT case_id, 'lang', lang FROM mentions WHERE case_id = OLD.case_id AND lang IS NOT NULL
                ON CONFLICT DO NOTHING;
            END IF;
            IF NEW.case_id IS NOT NULL AND NEW.lang IS NOT NULL THEN
                INSERT INTO case_facets (case_id, kind, value) VALUES (NEW.case_id, 'lang', NEW.lang)
                ON CONFLICT DO NOTHING;
            END IF;
            RETURN NULL;
        END $$""",
        f"""
        INSERT INTO message_words (mention_id, case_id, words)
        SELECT m.id, m.case_id, words_of(m.text, m.snapshot_id) FROM mentions m
        WHERE m.case_id IS NOT NULL AND NOT {IS_DELETED.format(row="m")}""",  # noqa: S608  constants
        """
        INSERT INTO case_facets (case_id, kind, value)
        SELECT c.id, 'tag', value FROM cases c, jsonb_array_elements_text(c.decision->'tags') ON CONFLICT DO NOTHING""",
        """
        INSERT INTO case_facets (case_id, kind, value)
        SELECT DISTINCT case_id, 'lang', lang FROM mentions WHERE case_id IS NOT NULL AND lang IS NOT NULL""",
        "CREATE INDEX message_words_gin ON message_words USING gin (words)",
        *_postgres_triggers(),
    )


def _postgres_triggers() -> list[str]:
    wanted = (
        ("mention_words_new", "INSERT ON mentions", "mention_words_refresh"),
        ("mention_words_changed", "UPDATE OF text, snapshot_id, case_id ON mentions", "mention_words_refresh"),
        ("mention_words_deleted", "INSERT ON platform_deletions", "mention_words_drop"),
        ("case_tags_new", "INSERT ON cases", "case_tags_refresh"),
        ("case_tags_changed", "UPDATE OF decision ON cases", "case_tags_refresh"),
        ("case_lang_new", "INSERT ON mentions", "case_lang_refresh"),
        ("case_lang_changed", "UPDATE OF case_id, lang ON mentions", "case_lang_refresh"),
    )
    return [
        f"CREATE TRIGGER {name} AFTER {moment} FOR EACH ROW EXECUTE FUNCTION {function}()"
        for name, moment, function in wanted
    ]


TRIGGERS = {
    "mentions": ("mention_words_new", "mention_words_changed", "mention_words_gone", "case_lang_new")
    + ("case_lang_changed",),
    "platform_deletions": ("mention_words_deleted",),
    "cases": ("case_tags_new", "case_tags_changed"),
}


def downgrade() -> None:
    is_postgres = op.get_bind().dialect.name == "postgresql"
    for table, names in TRIGGERS.items():
        _run(*(f"DROP TRIGGER IF EXISTS {name}" + (f" ON {table}" if is_postgres else "") for name in names))
    if is_postgres:
        functions = ("mention_words_refresh", "mention_words_drop", "case_tags_refresh", "case_lang_refresh")
        _run(*(f"DROP FUNCTION {name}()" for name in functions), "DROP FUNCTION words_of(text, bigint)")
    else:
        _run("DROP TABLE message_words_fts")
    for table in ("saved_views", "case_facets", "message_words"):
        op.drop_table(table)
    for name in ("ix_cases_work", "ix_cases_tier", "ix_cases_score", "ix_cases_last"):
        op.drop_index(name, "cases")
    op.create_index("ix_cases_queue", "cases", ["state", "tier", "score"])
