"""The panels around the canvas.  Each shows one thing and asks for changes by signals."""
