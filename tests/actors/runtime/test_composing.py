"""Several statements as one."""

from __future__ import annotations

from actors.runtime.composing import Statement, compose


def test_parameters_are_numbered_through_and_the_last_statement_stands_alone() -> None:
    first = Statement("one", "INSERT INTO a VALUES ($1, $2, $1)", (10, 11))
    second = Statement("two", "INSERT INTO b SELECT $1 FROM one", (12,))
    third = Statement("three", "DELETE FROM c WHERE d = $2 AND e = $1", (13, 14))

    sql, args = compose([first, second, third])

    assert args == [10, 11, 12, 13, 14]
    assert sql == (
        "WITH one AS (\nINSERT INTO a VALUES ($1, $2, $1)\n),\ntwo AS (\nINSERT INTO b SELECT $3 FROM one\n)\nDELETE FROM c WHERE d = $5 AND e = $4"
    )


def test_one_statement_stays_as_it_is() -> None:
    assert compose([Statement("one", "DELETE FROM a WHERE b = $1", (1,))]) == ("DELETE FROM a WHERE b = $1", [1])
