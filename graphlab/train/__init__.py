"""Training a drawn graph: objectives, the loop, metrics, checkpoints, and back to the step view."""
