"""Programs that a simulated machine has before others of their names."""
