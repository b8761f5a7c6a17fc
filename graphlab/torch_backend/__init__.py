"""What GraphLab asks of PyTorch; torch itself is imported only when one of these is used."""
