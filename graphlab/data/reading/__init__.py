"""Readers of the data a person brings: one file a format, none of which runs what it reads."""
