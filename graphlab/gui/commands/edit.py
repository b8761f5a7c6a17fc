"""The commands of the menus Edit and Graph, and what a card, a link and the ground offer."""

from __future__ import annotations

from collections.abc import Callable

from graphlab.gui.actions import Command
from graphlab.gui.commands.shell import Shell
from graphlab.gui.session import Session

CARD_MENU = (
    ("rename", "mark", "wire"),
    ("run-to", "breakpoint"),
    ("cut", "copy", "duplicate", "delete"),
    ("group", "ungroup", "fold", "enter", "leave"),
)
"""What a card offers; a line stands between the rows, and what cannot be done now is left out."""

SEVERAL_MENU = (
    ("connect", "mark"),
    ("cut", "copy", "duplicate", "delete"),
    ("group", "ungroup", "fold", "enter", "leave"),
    tuple(f"align-{how}" for how in ("left", "right", "top", "bottom")),
    tuple(f"align-{how}" for how in ("column", "row", "across", "down")),
)
"""What several selected cards offer."""

LINK_MENU = (("delete",),)
"""What a link offers."""

GROUND_MENU = (("add", "ops"), ("paste", "select-all"), ("arrange", "fit"))
"""What the ground offers."""

_ALIGNMENTS = (
    ("left", "Align left edges", "Alt+Shift+Left"),
    ("right", "Align right edges", "Alt+Shift+Right"),
    ("top", "Align top edges", "Alt+Shift+Up"),
    ("bottom", "Align bottom edges", "Alt+Shift+Down"),
    ("column", "Align centres, one under another", ""),
    ("row", "Align middles, side by side", ""),
    ("across", "Same gaps across", ""),
    ("down", "Same gaps down", ""),
)


def edit_commands(session: Session, shell: Shell) -> list[Command]:
    """The commands of the menus Edit and Graph."""
    return [
        *_history(session),
        *_clipboard(session, shell),
        Command("formula", "Edit the formula", "Edit", shell.focus_formula, ("Ctrl+L",), "edit",
                other_names=("equation", "type a formula", "expression")),
        Command("fill", "Give all inputs a value", "Edit", shell.fill_inputs, ("Ctrl+Shift+I",),
                "edit", is_enabled=lambda: bool(session.missing()),
                other_names=("feed the inputs", "example values")),
        *_nodes(shell),
        *_groups(shell),
        *_places(shell),
    ]  # fmt: skip


def _history(session: Session) -> list[Command]:
    stack = session.undo_stack
    return [
        Command("undo", "Undo", "Edit", stack.undo, ("Ctrl+Z",), "undo", is_enabled=stack.canUndo,
                other_names=("revert", "take back")),
        Command("redo", "Redo", "Edit", stack.redo, ("Ctrl+Shift+Z", "Ctrl+Y"), "undo",
                is_enabled=stack.canRedo,
                other_names=("do again", "repeat")),
    ]  # fmt: skip


def _clipboard(session: Session, shell: Shell) -> list[Command]:
    def can_copy() -> bool:
        return shell.editor.clipboard.can_copy()

    return [
        Command("cut", "Cut", "Edit", lambda: shell.editor.clipboard.cut(), ("Ctrl+X",),
                "clipboard", is_enabled=can_copy),
        Command("copy", "Copy", "Edit", lambda: shell.editor.clipboard.copy(), ("Ctrl+C",),
                "clipboard", is_enabled=can_copy),
        Command("paste", "Paste", "Edit", lambda: shell.editor.clipboard.paste(), ("Ctrl+V",),
                "clipboard", "Cards that were copied, or the nodes of a formula",
                is_enabled=lambda: shell.editor.clipboard.can_paste(),
                other_names=("insert",)),
        Command("duplicate", "Duplicate", "Edit", lambda: shell.editor.clipboard.duplicate(),
                ("Ctrl+D",), "clipboard", "A copy that reads the same inputs",
                is_enabled=can_copy,
                other_names=("clone",)),
        *_sharing(shell),
        Command("delete", "Delete", "Edit", lambda: shell.editor.cards.delete(), ("Delete",),
                "clipboard", "The selected cards, or the selected edge",
                is_enabled=lambda: shell.editor.cards.can_delete(),
                other_names=("remove", "erase")),
        Command("select-all", "Select all", "Edit", lambda: shell.editor.cards.select_all(),
                ("Ctrl+A",), "clipboard", is_enabled=lambda: bool(session.graph.nodes),
                other_names=("mark everything", "select everything")),
    ]  # fmt: skip


def _sharing(shell: Shell) -> list[Command]:
    return [
        Command("paste-shared", "Paste with shared parameters", "Edit",
                lambda: shell.editor.clipboard.paste(share=True), ("Ctrl+Shift+V",), "clipboard",
                "A copy of a layer that learns with its original: one weight, used twice",
                is_enabled=lambda: shell.editor.clipboard.can_paste(),
                other_names=("share weights", "tie weights")),
        Command("duplicate-shared", "Duplicate with shared parameters", "Edit",
                lambda: shell.editor.clipboard.duplicate(share=True), ("Ctrl+Alt+D",), "clipboard",
                "A copy that reads the same inputs and the same parameters",
                is_enabled=lambda: shell.editor.clipboard.can_share(),
                other_names=("weight sharing",)),
    ]  # fmt: skip


def _nodes(shell: Shell) -> list[Command]:
    return [
        Command("add", "Add an operation…", "Graph", lambda: shell.editor.ask(), ("Ctrl+Return",),
                "nodes", "Or type its name on the canvas",
                other_names=("insert a node", "new node", "new card", "add a layer")),
        Command("ops", "Operations", "Graph", lambda: shell.left.toggle("ops"), ("F7",), "nodes",
                "All operations, by kind, to drag onto the canvas",
                is_checked=lambda: shell.left.current == "ops", is_kept=True,
                other_names=("library", "toolbox", "list of operations")),
        Command("wire", "Lead an edge by keys", "Graph", lambda: shell.editor.lead_wire(),
                ("Ctrl+Shift+K",), "nodes", "From an output of the selected card",
                is_enabled=lambda: shell.editor.cards.one(),
                other_names=("draw a wire", "draw an arrow")),
        Command("connect", "Connect the selected cards", "Graph",
                lambda: shell.editor.connect_selected(), ("Ctrl+J",), "nodes",
                "To free inputs of the one that was selected last",
                is_enabled=lambda: shell.editor.can_connect(),
                other_names=("link", "join")),
        Command("rename", "Rename…", "Graph", lambda: shell.editor.rename(), ("F2",), "nodes",
                is_enabled=lambda: shell.editor.can_rename(),
                other_names=("change the name", "label")),
        Command("mark", "Output of the graph", "Graph", lambda: shell.editor.cards.mark(),
                ("Ctrl+Shift+O",), "nodes", "Whether the graph is for this value",
                is_enabled=lambda: shell.editor.cards.can_mark(),
                is_checked=lambda: shell.editor.cards.are_outputs(),
                other_names=("set as output", "result of the graph")),
    ]  # fmt: skip


def _groups(shell: Shell) -> list[Command]:
    def command(
        key: str, title: str, keys: str, tip: str, run: Callable[[], object],
        is_enabled: Callable[[], bool], *other_names: str,
    ) -> Command:  # fmt: skip
        return Command(key, title, "Graph", run, (keys,), "groups", tip, is_enabled=is_enabled,
                       other_names=other_names)  # fmt: skip

    return [
        command("group", "Group", "Ctrl+G", "Put the selected cards into a group",
                lambda: shell.editor.cards.make_group(), lambda: shell.editor.cards.any(),
                "combine", "make a layer", "block"),
        command("ungroup", "Ungroup", "Ctrl+Shift+G", "Take the group away, keep what is in it",
                lambda: shell.editor.cards.ungroup(), lambda: shell.editor.cards.can_ungroup(),
                "break apart", "dissolve"),
        command("fold", "Fold or open", "Ctrl+F", "Show a group as one card, or what is in it",
                lambda: shell.editor.cards.fold_or_open(), lambda: shell.editor.cards.can_fold(),
                "collapse", "expand", "hide the inside"),
        command("enter", "Step inside the group", "Ctrl+Shift+Down", "Open it and bring it close",
                lambda: shell.editor.inside.enter(), lambda: shell.editor.cards.can_ungroup(),
                "look inside", "open the group"),
        command("leave", "Step out of the group", "Ctrl+Shift+Up", "Fold it, show what is around",
                lambda: shell.editor.inside.leave(), lambda: shell.editor.inside.can_leave(),
                "close the group", "one level up"),
    ]  # fmt: skip


def _places(shell: Shell) -> list[Command]:
    def aligned(how: str, title: str, keys: str) -> Command:
        return Command(
            f"align-{how}",
            title,
            "Graph",
            lambda: shell.editor.cards.align(how),
            (keys,) if keys else (),
            "places",
            is_enabled=lambda: shell.editor.cards.several(),
        )

    arrange = Command(
        "arrange",
        "Arrange all cards",
        "Graph",
        lambda: shell.editor.cards.arrange(),
        ("Ctrl+Shift+L",),
        "places",
        "Let the layout place them anew",
        is_enabled=lambda: shell.editor.cards.can_arrange(),
        other_names=("tidy up", "auto arrange", "auto layout", "clean up"),
    )
    return [*(aligned(*row) for row in _ALIGNMENTS), arrange]
