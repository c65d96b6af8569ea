"""The sizing's witness: real architectures' shapes as GGUF files without weights, loaded by llama.cpp itself.

Nothing here is shared with plan/sizing: tensors are named and shaped by these tables, and llama.cpp refuses a file that
lacks one of an architecture's tensors, has one too many or one of a wrong shape.
"""
