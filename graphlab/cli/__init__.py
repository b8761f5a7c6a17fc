"""The command line: one file a command, each a click command called ``command``."""
