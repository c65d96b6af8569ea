"""What pyinfra cannot see yet: a command to run on the machine, and a parser of what it prints."""
