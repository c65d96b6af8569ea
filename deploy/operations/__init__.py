"""Operations: each states what must hold, asks a fact whether it does, and yields what makes it so.

What they change, they enter into the manifest first.
"""
