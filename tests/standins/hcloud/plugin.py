"""The plugin itself: Pulumi's provider protocol, as far as this program's resources need it."""

import json
import os
import time
from concurrent import futures
from typing import Any

import grpc
from google.protobuf import json_format, struct_pb2
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from tests.standins.hcloud import resources
from tests.standins.hcloud.api import Api, ApiRefusal

Props = dict[str, Any]


def plain(struct: struct_pb2.Struct) -> Props:
    """Whole numbers as such: over the wire every number is a float."""
    found: Props = json.loads(json.dumps(json_format.MessageToDict(struct)), parse_float=_number)
    return {key: value for key, value in found.items() if not key.startswith("__")}


def _number(text: str) -> int | float:
    return int(float(text)) if float(text).is_integer() else float(text)


def _bare(value: Any) -> str:
    """The configuration comes with its secrets marked; resources' properties come bare."""
    return str(value["value"] if isinstance(value, dict) else value)


def struct(props: Props) -> struct_pb2.Struct:
    return json_format.ParseDict(props, struct_pb2.Struct())


class StandIn(provider_pb2_grpc.ResourceProviderServicer):
    api: Api

    def GetPluginInfo(self, _request: Any, _context: Any) -> Any:
        return plugin_pb2.PluginInfo(version="1.43.3")

    def CheckConfig(self, request: Any, _context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, _request: Any, _context: Any) -> Any:
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request: Any, _context: Any) -> Any:
        given = plain(request.args)
        self.api = Api(*(_bare(given[key]) for key in ("endpoint", "token")))
        return provider_pb2.ConfigureResponse()

    def Check(self, request: Any, _context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request: Any, _context: Any) -> Any:
        olds, news, type_ = plain(request.olds), plain(request.news), _type(request.urn)
        changed = [key for key, value in news.items() if olds.get(key) != value and key not in request.ignoreChanges]
        known = resources.KINDS.get(type_)
        replaces = [key for key in changed if known is None or key in known.replaces]
        changes = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=changes, diffs=changed, replaces=replaces)

    def Create(self, request: Any, context: Any) -> Any:
        try:
            id_, props = resources.create(self.api, _type(request.urn), plain(request.properties))
        except ApiRefusal as refusal:
            context.abort(grpc.StatusCode.UNKNOWN, str(refusal))
        return provider_pb2.CreateResponse(id=id_, properties=struct(props))

    def Read(self, request: Any, _context: Any) -> Any:
        props = resources.read(self.api, _type(request.urn), request.id, plain(request.properties))
        if props is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(id=request.id, properties=struct(props), inputs=request.inputs)

    def Update(self, request: Any, _context: Any) -> Any:
        props = resources.update(self.api, _type(request.urn), request.id, plain(request.news))
        return provider_pb2.UpdateResponse(properties=struct(props))

    def Delete(self, request: Any, context: Any) -> Any:
        try:
            resources.delete(self.api, _type(request.urn), request.id, plain(request.properties))
        except ApiRefusal as refusal:
            context.abort(grpc.StatusCode.UNKNOWN, str(refusal))
        return Empty()

    def Cancel(self, _request: Any, _context: Any) -> Any:
        return Empty()


def _type(urn: str) -> str:
    return urn.split("::")[2].rpartition(":")[2]


def main() -> None:
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(StandIn(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    parent = os.getppid()
    while os.getppid() == parent:  # an orphan of a killed run ends
        time.sleep(1)


if __name__ == "__main__":
    main()
