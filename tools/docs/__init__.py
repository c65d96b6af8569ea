"""Documents made from the code, so that they can not say anything else: one page a file."""
