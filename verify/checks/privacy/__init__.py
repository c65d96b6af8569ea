"""What must be written down nowhere."""
