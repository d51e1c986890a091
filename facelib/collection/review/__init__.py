"""What people decide about clips, and what follows from it."""
