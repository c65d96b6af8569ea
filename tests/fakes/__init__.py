"""Stand-ins for providers' webservices: servers of their own on loopback, with books on disk."""
