"""Commits that end badly, for whatever keeps its rows in a database."""

from __future__ import annotations

import sqlalchemy as sa


def interrupt_commit(engine: sa.Engine, error: BaseException, after: bool) -> None:
    """The next commit ends in an error, before it is done or after."""
    dialect = engine.dialect
    commit = dialect.do_commit

    def interrupted(connection):
        dialect.do_commit = commit
        if after:
            commit(connection)
        raise error

    dialect.do_commit = interrupted
