"""Training in the window: the process that trains, and the panel below the canvas."""
