"""The commands of the menu Lesson."""

from __future__ import annotations

from graphlab.gui.actions import Command
from graphlab.gui.commands.shell import Shell


def lesson_commands(shell: Shell) -> list[Command]:
    """The commands of the menu Lesson."""
    room = shell.lessons

    def has_next() -> bool:
        return room.is_open() and room.pages_left() > 0

    def has_previous() -> bool:
        return room.is_open() and room.pages_read() > 0

    return [
        Command("open-lesson", "Open a lesson…", "Lesson", room.ask_open, (), "open",
                "Open a lesson file of your own or of your teacher",
                other_names=("tutorial", "course")),
        Command("lesson", "Show the lesson", "Lesson", room.toggle, ("F4",), "open",
                "The lesson's text beside the canvas; explore freely and come back",
                is_enabled=room.is_open, is_checked=room.is_shown,
                other_names=("instructions",)),
        Command("next-page", "Next page", "Lesson", room.go_on, ("Ctrl+PgDown",), "pages",
                is_enabled=has_next),
        Command("previous-page", "Previous page", "Lesson", room.go_back, ("Ctrl+PgUp",), "pages",
                is_enabled=has_previous),
        Command("back-to-lesson", "Back to the lesson's graph", "Lesson", room.back_to_lesson, (),
                "graph", "Show the graph that the page brought; undo brings yours",
                is_enabled=room.has_wandered,
                other_names=("reset the exercise",)),
        Command("back-to-drawing", "Back to your drawing", "Lesson", room.back_to_drawing, (),
                "graph", "After a question's step was shown, your own graph as it was",
                is_enabled=room.is_away,
                other_names=("my own graph",)),
        Command("restart-lesson", "Begin the lesson anew", "Lesson", room.restart, (), "graph",
                "Forget the answers given in this lesson", is_enabled=room.is_open,
                other_names=("start the lesson over",)),
        Command("hand-in", "Hand in…", "Lesson", room.ask_hand_in, (), "leave",
                "Write a file that your teacher's program can grade", is_enabled=room.is_open,
                other_names=("submit", "turn in")),
        Command("your-name", "Your name…", "Lesson", room.ask_name, (), "leave",
                "The name that stands in the work you hand in",
                other_names=("student", "who I am")),
        Command("leave-lesson", "Leave the lesson", "Lesson", room.leave, (), "leave",
                is_enabled=room.is_open,
                other_names=("close the lesson", "quit the lesson")),
    ]  # fmt: skip
