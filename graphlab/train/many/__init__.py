"""Training by several processes at once, on one machine or many, with PyTorch's own engine."""
