"""A lesson that has one block of every kind, to be read, spoilt and judged."""

from __future__ import annotations

from pathlib import Path

from graphlab import tutor

FRONT = """---
format: 1
title: A product
deck: ["004"]
authors: [A. Teacher]
language: en
---
"""

WHOLE = (
    FRONT
    + r"""
Introduction with $x$.

```yaml graph
formula: |
  q = x + y
  f = q * z
values: {x: -2, y: 5, z: -4}
groups: {sum: [q]}
fold: [sum]
```

## Page one

```python
## no page
```

```yaml show
phase: forward
until: x
select: q
open: [sum]
paths: {from: x, to: f}
descent: {rate: 0.1, steps: 3, loss: f, move: [x]}
```

```yaml do
task: Step.
until:
  - stepped: {gradient: x}
  - set: {x: -2}
hints: [One.]
```

```yaml question
id: dx
ask: How much?
gradient: {of: f, to: x}
expect: -4
```

## Page two

```yaml question
id: way
ask: Which way?
choice:
  - text: up
    when: {gradient: {of: f, to: x, above: 0}}
  - text: down
    when: {gradient: {of: f, to: x, below: 0}}
  - text: nowhere
```

```yaml question
id: tiny
ask: How small?
number: {formula: 0.25**10}
```

```yaml goal
text: Draw it twice.
checks:
  - computes: f = 2 * (x + y) * z
  - uses: {add: 1, multiply: {at_least: 1, at_most: 2}}
    because: A sum and two products.
  - nodes: {at_most: 7}
  - answers: [dx, way, tiny]
solution: |
  q = x + y
  f = 2 * q * z
```
"""
)


def written(folder: Path, text: str = WHOLE, name: str = "lesson.md") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def read(folder: Path, text: str = WHOLE) -> tutor.Lesson:
    return tutor.read_lesson(written(folder, text))
