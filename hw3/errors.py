"""What a user can cause, and can mend."""


class UserError(Exception):
    """One sentence that says what is wrong and what to do; shown without a traceback, exit code 2.

    >>> raise UserError("line 3 does not close its brace: add a '}'")
    Traceback (most recent call last):
    hw3.errors.UserError: line 3 does not close its brace: add a '}'
    """


class Interrupted(Exception):
    """Ctrl-C, heard where nothing is lost; one sentence that says what was saved and how to go on, exit code 130."""
