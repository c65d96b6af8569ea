"""Paths that inference servers are known to serve, besides the ones clients need.

Sources: the API documentation of Ollama, vLLM (docs/usage/security.md) and llama.cpp's server README.
"""

from collections.abc import Iterable
from typing import NamedTuple


class Route(NamedTuple):
    method: str
    path: str


def _routes(method: str, paths: str) -> tuple[Route, ...]:
    return tuple(Route(method, path) for path in paths.split())


OPENAI = (
    *_routes("GET", "/v1/models"),
    *_routes("POST", "/v1/chat/completions /v1/completions /v1/embeddings"),
)

# Change or reveal something about the server: nobody gets there through the gateway, key or not.
DANGEROUS = (
    *_routes("POST", "/api/create /api/push /api/pull /api/copy /api/show /api/generate /api/chat"),
    *_routes("DELETE", "/api/delete"),
    *_routes("HEAD", "/api/blobs/sha256:" + 64 * "0"),
    *_routes("GET", "/api/tags /api/ps /api/version /metrics /slots /props /health /load /server_info"),
    *_routes("POST", "/slots/0?action=save /props /lora-adapters /models/load /models/unload /infill"),
    *_routes("POST", "/completion /tokenize /detokenize /apply-template /embedding /rerank"),
    *_routes("POST", "/pause /resume /update_weights /collective_rpc /reset_prefix_cache /sleep /wake_up"),
    *_routes("POST", "/invocations /pooling /classify /score /v1/load_lora_adapter /v1/responses /v1/messages"),
    *_routes("GET", "/ping /version /tokenizer_info /is_sleeping /is_paused /get_world_size /openapi.json /docs"),
    *_routes("POST", "/abort_requests /start_profile /stop_profile /reset_mm_cache /v1/unload_lora_adapter"),
    *_routes("POST", "/start_weight_update /finish_weight_update /init_weight_transfer_engine /v1/rerank /v2/rerank"),
    *_routes("GET", "/config/ /id/ /pki/ca/local"),
)

# The same, by a detour that a proxy and its backend may read differently.
DISGUISED = _routes(
    "GET",
    "/v1/../slots /v1/models/../../slots /v1/models/..%2f..%2fslots //slots /%73lots /v1//../props /V1/../metrics",
)

UNKNOWN = (Route("GET", "/"), Route("GET", "/no-such-route"), Route("GET", "/v1"), Route("PUT", "/v1/models"))


def not_allowed(allowed: Iterable[str]) -> tuple[Route, ...]:
    """All routes above that the plan does not let through."""
    permitted = set(allowed)
    return tuple(r for r in (*OPENAI, *DANGEROUS, *UNKNOWN) if r.path not in permitted)


EVERY = (*OPENAI, *DANGEROUS, *DISGUISED, *UNKNOWN)
