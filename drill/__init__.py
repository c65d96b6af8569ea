"""Does it come back? A drill loses an environment's machines, has them rebuilt and verified, and keeps the evidence.

The conduct is `eigenherd.drill`; this room holds what it needs: who may be drilled, the watcher that waits for the
first correct answer, the stages' times, and the evidence with its history.
"""
