"""Panels that look at the whole gradient: along its paths, through three judges, and downhill."""
