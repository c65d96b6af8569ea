"""What a deployment made on machines, compared; and the lock from which it is made again."""
