"""Lessons: read from Markdown, walked through, judged and graded.  No window is needed."""

from graphlab.tutor.answers import Answer, answer, judge_answer
from graphlab.tutor.collecting import Collected, LeftOut, collect
from graphlab.tutor.goals import is_met, judge_goal
from graphlab.tutor.grading import Grade, grade, grade_all
from graphlab.tutor.lesson import (
    Check,
    Goal,
    GraphBlock,
    Lesson,
    Option,
    Page,
    Prose,
    Question,
    Show,
    Task,
)
from graphlab.tutor.proof import Finding, prove, right_answers
from graphlab.tutor.reading import read_lesson
from graphlab.tutor.submissions import Submission, read_submission, write_submission
from graphlab.tutor.verdict import Verdict, Where

__all__ = [
    "Answer",
    "Check",
    "Collected",
    "Finding",
    "Goal",
    "Grade",
    "GraphBlock",
    "LeftOut",
    "Lesson",
    "Option",
    "Page",
    "Prose",
    "Question",
    "Show",
    "Submission",
    "Task",
    "Verdict",
    "Where",
    "answer",
    "collect",
    "grade",
    "grade_all",
    "is_met",
    "judge_answer",
    "judge_goal",
    "prove",
    "read_lesson",
    "read_submission",
    "right_answers",
    "write_submission",
]
