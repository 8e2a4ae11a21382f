"""What lasts: the only home of SQLAlchemy, Alembic, redis and rq.

Takes records and ids, gives records and ids inside transactions; the database is the truth, Redis only a hint.
Never decides anything about a message.
"""
