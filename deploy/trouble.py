"""What may go wrong for the person who runs `kasir`, as opposed to what is a bug in it."""

from __future__ import annotations


class Trouble(Exception):
    """One line that says what is wrong and what to do about it. `kasir` prints it and exits with `exit_code`."""

    exit_code = 1


class WrongUse(Trouble):
    """The command line itself cannot be used."""

    exit_code = 2
