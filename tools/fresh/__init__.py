"""`make up` as on a new computer: in a new Debian with nothing in it, and nothing left of it afterwards."""
