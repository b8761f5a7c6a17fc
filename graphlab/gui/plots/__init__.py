"""Plots and pictures of numbers, drawn in the window's colours and type."""
