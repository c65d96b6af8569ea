"""Does a card hold under load? Every card is judged and named; nothing here was run on hardware yet."""
