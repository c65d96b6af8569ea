"""What tests put in the place of things that cannot be had here."""
