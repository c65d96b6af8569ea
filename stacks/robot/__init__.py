"""Hetzner's Robot webservice, and what is done with it to a rented server. Never run against the real API.

A plain library; it knows neither Pulumi nor what will be installed. Source of the calls: the Robot webservice
reference (robot.hetzner.com/doc/webservice/en.html), read as a stored copy, and what open clients of it report.
"""
