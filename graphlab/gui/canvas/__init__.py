"""The drawn graph: one batched layer in a plain QGraphicsView, and the same figure as a picture.

``figure`` says what is drawn, ``metrics`` how large and where, ``painter`` paints it on anything,
``view`` puts it on the screen and ``export`` into a file.  Strings arrive formatted; nothing here
knows a graph, an op or a run.
"""
