"""What the keys of a step say while that step cannot be taken."""

from __future__ import annotations

from graphlab.gui.session import Session

_NO_GRAPH = "There is no graph yet: type a formula first"


class Idle:
    """One sentence for each place where the stepping of a session cannot go on."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def at_start(self) -> str:
        """No step was taken."""
        return "This is the beginning" if self._session.graph.nodes else _NO_GRAPH

    def at_end(self) -> str:
        """No step is left."""
        if not self._session.graph.nodes:
            return _NO_GRAPH
        is_done = self._session.position.is_done
        told = "" if is_done else self._session.complaint()
        return told or "Everything is done; press Home to begin anew"

    def no_forward(self) -> str:
        """No node can be computed."""
        position = self._session.position
        if not position.is_complete:
            return self._session.complaint() or _NO_GRAPH
        return self.at_end() if position.is_done else "Every value is there; press → to go back"

    def no_backward(self) -> str:
        """No gradient can be sent back."""
        if self._session.position.is_done or not self._session.graph.nodes:
            return self.at_end()
        return f"{self._session.start} has no value yet; press → to go forward"
