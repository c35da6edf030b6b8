// The messages of incremental xDS (envoy/service/discovery/v3/discovery.proto), the fields that Weft uses, with
// their real numbers: any xDS v3 peer reads and writes the same bytes. Unknown fields are skipped.

import { ProtoReader } from '../protobuf/reader.ts';
import { decodeStruct, encodeStruct, type JsonObject } from '../protobuf/struct.ts';
import { ProtoWriter } from '../protobuf/writer.ts';

/** HTTP/2 path of the aggregated, incremental stream. */
export const DELTA_ADS_METHOD =
  '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources';

/** envoy.config.core.v3.Node: who asks. */
export interface Node {
  readonly id: string;
  readonly metadata: JsonObject;
  readonly zone?: string;
}

/** google.rpc.Status, as a NACK carries it. */
export interface ErrorDetail {
  /** gRPC status code. */
  readonly code: number;
  readonly message: string;
}

/** What a client sends: subscriptions, an acknowledgement (`responseNonce`), a refusal (`errorDetail`) or several. */
export interface DeltaRequest {
  /** First message of a stream only. */
  readonly node?: Node;
  readonly typeUrl: string;
  readonly subscribe: readonly string[];
  readonly unsubscribe: readonly string[];
  /** Name to version, of what the client still holds; first message of a type only. */
  readonly initialVersions: ReadonlyMap<string, string>;
  readonly responseNonce: string;
  readonly errorDetail?: ErrorDetail;
}

/** One resource: `typeUrl` and `value` are those of its google.protobuf.Any. */
export interface DeltaResource {
  readonly name: string;
  readonly version: string;
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

export interface DeltaResponse {
  readonly typeUrl: string;
  readonly nonce: string;
  readonly resources: readonly DeltaResource[];
  readonly removed: readonly string[];
}

export function encodeDeltaRequest(request: DeltaRequest): Buffer {
  const writer = new ProtoWriter();
  if (request.node !== undefined) writer.message(1, encodeNode(request.node));
  writer.string(2, request.typeUrl);
  writer.repeatedString(3, request.subscribe);
  writer.repeatedString(4, request.unsubscribe);
  for (const [name, version] of request.initialVersions) {
    writer.message(5, new ProtoWriter().string(1, name).string(2, version).finish());
  }
  writer.string(6, request.responseNonce);
  if (request.errorDetail !== undefined) {
    const { code, message } = request.errorDetail;
    writer.message(7, new ProtoWriter().uint(1, code).string(2, message).finish());
  }
  return writer.finish();
}

/** @throws ProtoError */
export function decodeDeltaRequest(bytes: Uint8Array): DeltaRequest {
  const reader = new ProtoReader(bytes);
  let node: Node | undefined;
  let typeUrl = '';
  const subscribe: string[] = [];
  const unsubscribe: string[] = [];
  const initialVersions = new Map<string, string>();
  let responseNonce = '';
  let errorDetail: ErrorDetail | undefined;
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        node = decodeNode(reader.message());
        break;
      case 2:
        typeUrl = reader.string();
        break;
      case 3:
        subscribe.push(reader.string());
        break;
      case 4:
        unsubscribe.push(reader.string());
        break;
      case 5: {
        const [name, version] = decodeStringPair(reader.message());
        initialVersions.set(name, version);
        break;
      }
      case 6:
        responseNonce = reader.string();
        break;
      case 7:
        errorDetail = decodeErrorDetail(reader.message());
        break;
      default:
        reader.skip();
    }
  }
  return {
    ...(node && { node }),
    typeUrl,
    subscribe,
    unsubscribe,
    initialVersions,
    responseNonce,
    ...(errorDetail && { errorDetail }),
  };
}

/** The `Resource` message of one resource: encoded once, its bytes are shared by every response that carries it. */
export function encodeDeltaResource(resource: DeltaResource): Buffer {
  const any = new ProtoWriter().string(1, resource.typeUrl).bytes(2, resource.value).finish();
  return new ProtoWriter().string(1, resource.version).message(2, any).string(3, resource.name).finish();
}

/** `resources` come as `encodeDeltaResource` made them. */
export function encodeDeltaResponse(response: {
  readonly typeUrl: string;
  readonly nonce: string;
  readonly resources: readonly Uint8Array[];
  readonly removed: readonly string[];
}): Buffer {
  const writer = new ProtoWriter();
  for (const resource of response.resources) writer.message(2, resource);
  writer.string(4, response.typeUrl);
  writer.string(5, response.nonce);
  writer.repeatedString(6, response.removed);
  return writer.finish();
}

/** @throws ProtoError */
export function decodeDeltaResponse(bytes: Uint8Array): DeltaResponse {
  const reader = new ProtoReader(bytes);
  let typeUrl = '';
  let nonce = '';
  const resources: DeltaResource[] = [];
  const removed: string[] = [];
  while (reader.next()) {
    switch (reader.field) {
      case 2:
        resources.push(decodeResource(reader.message()));
        break;
      case 4:
        typeUrl = reader.string();
        break;
      case 5:
        nonce = reader.string();
        break;
      case 6:
        removed.push(reader.string());
        break;
      default:
        reader.skip();
    }
  }
  return { typeUrl, nonce, resources, removed };
}

function decodeResource(reader: ProtoReader): DeltaResource {
  let name = '';
  let version = '';
  let typeUrl = '';
  let value: Uint8Array = new Uint8Array(0);
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        version = reader.string();
        break;
      case 2: {
        const any = reader.message();
        while (any.next()) {
          if (any.field === 1) typeUrl = any.string();
          else if (any.field === 2) value = any.bytes();
          else any.skip();
        }
        break;
      }
      case 3:
        name = reader.string();
        break;
      default:
        reader.skip();
    }
  }
  return { name, version, typeUrl, value };
}

function encodeNode(node: Node): Buffer {
  const writer = new ProtoWriter().string(1, node.id).message(3, encodeStruct(node.metadata));
  // envoy.config.core.v3.Locality: region = 1, zone = 2.
  if (node.zone !== undefined) writer.message(4, new ProtoWriter().string(2, node.zone).finish());
  return writer.string(6, 'weft').finish();
}

function decodeNode(reader: ProtoReader): Node {
  let id = '';
  let metadata: JsonObject = {};
  let zone: string | undefined;
  while (reader.next()) {
    if (reader.field === 1) id = reader.string();
    else if (reader.field === 3) metadata = decodeStruct(reader.message());
    else if (reader.field === 4) {
      const locality = reader.message();
      while (locality.next()) {
        if (locality.field === 2) zone = locality.string();
        else locality.skip();
      }
    } else reader.skip();
  }
  return { id, metadata, ...(zone !== undefined && { zone }) };
}

function decodeStringPair(reader: ProtoReader): [key: string, value: string] {
  let key = '';
  let value = '';
  while (reader.next()) {
    if (reader.field === 1) key = reader.string();
    else if (reader.field === 2) value = reader.string();
    else reader.skip();
  }
  return [key, value];
}

function decodeErrorDetail(reader: ProtoReader): ErrorDetail {
  let code = 0;
  let message = '';
  while (reader.next()) {
    if (reader.field === 1) code = reader.int32();
    else if (reader.field === 2) message = reader.string();
    else reader.skip();
  }
  return { code, message };
}
