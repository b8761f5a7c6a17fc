"""The errors a person may see: each message is one sentence that names the thing, both facts and
the way out.  Anything else that escapes is a bug in GraphLab."""

from __future__ import annotations

BUG = 70
"""The exit status of ``graphlab`` where a mistake of its own ended it (EX_SOFTWARE of BSD)."""


class GraphLabError(Exception):
    """A mistake in what was asked of GraphLab, told in one sentence."""


class OpError(GraphLabError):
    """An op was given shapes, values or attributes it cannot take."""


class GraphError(GraphLabError):
    """An edit was refused, or a name does not exist in the graph."""


class FileError(GraphLabError):
    """A file cannot be read or written."""


class DataError(GraphLabError):
    """A data set cannot be had: a name, a file or a download is wrong."""


class RunError(GraphLabError):
    """A value, gradient or partial was asked for that this run cannot give."""


class LessonError(GraphLabError):
    """A mistake in a lesson's file; ``line`` counts from 1 and is 0 where no line is to blame."""

    def __init__(self, message: str, line: int = 0, file: str = "") -> None:
        where = [file] if file else []
        where += [f"line {line}"] if line else []
        super().__init__(f"{', '.join(where)}: {message}" if where else message)
        self.message = message
        self.line = line
        self.file = file


class FormulaError(GraphLabError):
    """A mistake in formula text, with the place it was made.

    ``line`` and ``column`` count from 1; the message already contains them.
    """

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(f"line {line}, column {column}: {message}")
        self.line = line
        self.column = column
