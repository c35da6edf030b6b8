// weft.v1.Resource, the message inside the Any of every resource: `message Resource { bytes json = 1; }`.
// JSON, so that wire, cache and file share one form and one decoder: docs/decisions/0002.

import { ProtoReader } from '../protobuf/reader.ts';
import { ProtoWriter } from '../protobuf/writer.ts';

const TYPE_URL_PREFIX = 'type.weft.dev/weft.v1.';

/** `Outbound` → `type.weft.dev/weft.v1.Outbound` */
export function typeUrl(type: string): string {
  return TYPE_URL_PREFIX + type;
}

/** `type.weft.dev/weft.v1.Outbound` → `Outbound`; undefined for what is not ours. */
export function typeOfUrl(url: string): string | undefined {
  return url.startsWith(TYPE_URL_PREFIX) ? url.slice(TYPE_URL_PREFIX.length) : undefined;
}

/** The Any's value for a resource's JSON text in UTF-8. */
export function encodeResourceJson(json: Uint8Array): Buffer {
  return new ProtoWriter().bytes(1, json).finish();
}

/** The JSON text in UTF-8, a view of `value`'s memory. @throws ProtoError */
export function decodeResourceJson(value: Uint8Array): Uint8Array {
  const reader = new ProtoReader(value);
  let json: Uint8Array = new Uint8Array(0);
  while (reader.next()) {
    if (reader.field === 1) json = reader.bytes();
    else reader.skip();
  }
  return json;
}
