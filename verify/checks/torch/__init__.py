"""Does torch compute, and correctly? Judged from probes/torch_smoke.py, matmul.py and speed.py."""
