"""What the user drew: the frozen graph, its edits, its checks, its file and its formula."""

from graphlab.graph.check import Problem, check
from graphlab.graph.dag import Dag, dag_of
from graphlab.graph.draft import Draft
from graphlab.graph.graph import Change, Graph, difference
from graphlab.graph.node import Edge, Group, InPort, Node, OutPort, View

__all__ = [
    "Change",
    "Dag",
    "Draft",
    "Edge",
    "Graph",
    "Group",
    "InPort",
    "Node",
    "OutPort",
    "Problem",
    "View",
    "check",
    "dag_of",
    "difference",
]
