"""A fake of Hetzner's Robot webservice: a server of its own on loopback, whose books on disk survive a kill.

`python -m tests.fakes.robot --books FOLDER --port N [--machines STACK [--layer NAME]]`. It answers what the reference
documents, with its error bodies, limits and delays. What it cannot know is how the real one differs from its reference.

Beside the documented calls, without a password and for tests only:

    POST /-/faults    {"method", "path" (a pattern), "code", "status", "times", "skip", "after", "more"}: refuse that
                      call so often, after letting `skip` of them pass; after: true does what was asked first, and
                      then answers with the error; more: further fields of the error
    POST /-/settings  values of `settings` in the books: polls, ordering, host_keys, limits, installimage
    POST /-/servers   {"number", "product", "dc"}: a server that is rented already, at the next spare address
    POST /-/products  {"id", "prices": [[location, a month, set-up]]}: one to order
    GET  /-/books     the books; GET /-/traffic: every request with its headers and body
"""
