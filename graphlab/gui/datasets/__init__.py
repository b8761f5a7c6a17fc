"""Choosing what a network is trained on: the field, the dialog behind it, and points by hand."""
