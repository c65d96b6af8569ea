"""Judgements, one a file, in folders by what they judge; this folder's listing is the registry."""
