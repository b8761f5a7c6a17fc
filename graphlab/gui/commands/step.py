"""The commands of the menu Step."""

from __future__ import annotations

from collections.abc import Callable

from graphlab.gui.actions import Command
from graphlab.gui.commands.shell import Shell
from graphlab.gui.idle import Idle
from graphlab.gui.player import PACES
from graphlab.gui.session import Session

_Do = Callable[[], object]
_Ask = Callable[[], bool]


def step_commands(session: Session, shell: Shell) -> list[Command]:
    """The commands of the menu Step."""

    drawn, may_go = _drawn(shell), _may_go(session, shell)

    def has_steps() -> bool:
        return session.position.taken > 0

    is_left = may_go(lambda: session.position.can_go_on or bool(session.missing()))

    idle = Idle(session)
    return [
        *_single(session, shell, idle),
        *_playing(session, shell, is_left, drawn),
        *_stopping(session, shell, drawn),
        *_phases(session, shell, idle),
        Command("reset", "Reset", "Step", session.reset, ("Home",), "reset",
                "Take every step back", icon="reset", is_enabled=has_steps, idle=idle.at_start,
                other_names=("rewind", "restart", "start again")),
        Command("release", "Release the values set by hand", "Step", session.release_all, (),
                "reset", "Let every node compute its own value again",
                is_enabled=lambda: bool(session.by_hand),
                other_names=("clear overrides",)),
        Command("mode", "Training mode", "Step",
                lambda: session.set_training(not session.run.training), ("Ctrl+Shift+M",), "mode",
                "Dropout drops and batch normalisation looks at the batch; off, the network is "
                "evaluated", is_enabled=lambda: session.depends_on_mode,
                is_checked=lambda: session.run.training,
                other_names=("train mode", "evaluation mode", "inference mode")),
        Command("stop", "Stop", "Step", session.background.drop, ("Ctrl+.",), "reset",
                "Let go of what is being computed",
                is_enabled=lambda: session.background.is_busy,
                other_names=("cancel", "abort", "interrupt")),
    ]  # fmt: skip


def _single(session: Session, shell: Shell, idle: Idle) -> list[Command]:
    drawn, may_go = _drawn(shell), _may_go(session, shell)
    is_left = may_go(lambda: session.position.can_go_on or bool(session.missing()))

    def has_steps() -> bool:
        return session.position.taken > 0

    return [
        Command("next", "Step", "Step", drawn(session.next), ("Right",), "one",
                "The next step: forward while anything can be computed, then backward",
                icon="next", is_enabled=is_left, idle=idle.at_end,
                other_names=("advance", "single step")),
        Command("back", "Step back", "Step", session.step_back, ("Left",), "one",
                "Take the last step back", icon="back", is_enabled=has_steps, idle=idle.at_start,
                other_names=("previous step", "last step")),
        Command("into", "Step into the group", "Step", drawn(session.step_into), ("Ctrl+Down",),
                "one", "One step; a folded group that would hide it is opened",
                is_enabled=is_left, idle=idle.at_end),
        Command("end", "Run to the end of this phase", "Step", drawn(session.to_end),
                ("Shift+Right",), "one", is_enabled=is_left, idle=idle.at_end,
                other_names=("skip to the end", "finish the phase")),
        Command("begin", "Back to the beginning of this phase", "Step", session.to_begin,
                ("Shift+Left",), "one", is_enabled=has_steps, idle=idle.at_start,
                other_names=("rewind the phase",)),
    ]  # fmt: skip


def _phases(session: Session, shell: Shell, idle: Idle) -> list[Command]:
    drawn, may_go = _drawn(shell), _may_go(session, shell)
    is_left = may_go(lambda: session.position.can_go_on or bool(session.missing()))
    is_forward_left = may_go(lambda: session.position.can_go_forward or bool(session.missing()))
    can_forward = may_go(lambda: session.position.can_go_forward)
    can_backward = may_go(lambda: session.position.can_go_backward)
    return [
        Command("step-forward", "One node forward", "Step", drawn(session.step_forward),
                ("Ctrl+Right",), "phases", is_enabled=can_forward, idle=idle.no_forward,
                other_names=("forward step",)),
        Command("step-backward", "One edge backward", "Step", drawn(session.step_backward),
                ("Ctrl+Left",), "phases", is_enabled=can_backward, idle=idle.no_backward,
                other_names=("backward step",)),
        Command("forward", "Run forward", "Step", drawn(session.forward), ("Ctrl+Shift+Right",),
                "whole", "Compute every value", icon="forward", is_enabled=is_forward_left,
                idle=idle.no_forward,
                other_names=("forward pass", "forward propagation", "compute the values")),
        Command("backward", "Run backward", "Step", drawn(session.backward),
                ("Ctrl+Shift+Left",), "whole", "Compute every value and every gradient",
                icon="backward", is_enabled=is_left, idle=idle.at_end,
                other_names=("backward pass", "backpropagation", "backprop",
                             "compute the gradients", "differentiate")),
    ]  # fmt: skip


def _drawn(shell: Shell) -> Callable[[_Do], _Do]:
    """Draws what is typed first; a wrong formula takes no step."""
    return lambda step: lambda: shell.draw_formula() and step()


def _may_go(session: Session, shell: Shell) -> Callable[[_Ask], _Ask]:
    """Whether there is a graph, or a formula that will be one, and something is left."""

    def may_go(is_left: _Ask) -> _Ask:
        return lambda: shell.is_formula_pending() or (bool(session.graph.nodes) and is_left())

    return may_go


def _playing(
    session: Session,
    shell: Shell,
    is_left: _Ask,
    drawn: Callable[[_Do], _Do],
) -> list[Command]:
    player = shell.conductor.player
    return [
        Command("play", "Play or pause", "Step", drawn(player.toggle), ("Ctrl+Space",), "play",
                "A step at a time by itself; a tap on Space on the canvas does the same",
                icon="play", is_enabled=is_left, idle=Idle(session).at_end,
                other_names=("animate", "autoplay", "run automatically")),
        Command("slower", "Play slower", "Step", player.slower, ("Ctrl+[",), "play",
                icon="slower", is_enabled=lambda: player.pace > PACES[0],
                other_names=("slow down", "decrease speed")),
        Command("faster", "Play faster", "Step", player.faster, ("Ctrl+]",), "play",
                icon="faster", is_enabled=lambda: player.pace < PACES[-1],
                other_names=("speed up", "increase speed")),
    ]  # fmt: skip


def _stopping(session: Session, shell: Shell, drawn: Callable[[_Do], _Do]) -> list[Command]:
    conductor = shell.conductor

    def is_chosen() -> bool:
        return conductor.chosen is not None

    def run_to() -> None:
        if conductor.chosen is not None:
            session.run_to(conductor.chosen)

    def toggle() -> None:
        if conductor.chosen is not None:
            session.toggle_breakpoint(conductor.chosen)

    return [
        Command("run-to", "Run to the selected node", "Step", drawn(run_to), ("Ctrl+T",), "stop",
                "Forward to its value; if it has one, backward to its whole gradient",
                is_enabled=is_chosen,
                other_names=("run to here", "run until")),
        Command("breakpoint", "Stop at the selected node", "Step", toggle, ("Ctrl+B",), "stop",
                "A breakpoint: play and every longer run stop there", is_enabled=is_chosen,
                is_checked=lambda: conductor.chosen in session.breakpoints,
                other_names=("set a breakpoint", "pause here")),
        Command("no-breakpoints", "Remove all breakpoints", "Step", session.clear_breakpoints,
                ("Ctrl+Shift+B",), "stop", is_enabled=lambda: bool(session.breakpoints),
                other_names=("clear breakpoints",)),
    ]  # fmt: skip
