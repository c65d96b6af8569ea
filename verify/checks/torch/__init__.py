"""Does torch compute, and correctly? All judge one measurement: probes/torch_smoke.py."""
