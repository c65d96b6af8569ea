"""The machine itself: services, doors, clock, updates."""
