// google.protobuf.Struct: a JSON object as protobuf. xDS carries a node's metadata in it.

import { ProtoError, ProtoReader } from './reader.ts';
import { ProtoWriter } from './writer.ts';

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };
export type JsonObject = { readonly [key: string]: JsonValue };

/** Against stack exhaustion by a hostile peer. */
const MAX_DEPTH = 64;

export function encodeStruct(object: JsonObject): Buffer {
  const writer = new ProtoWriter();
  for (const [key, value] of Object.entries(object)) {
    writer.message(1, new ProtoWriter().string(1, key).message(2, encodeValue(value)).finish());
  }
  return writer.finish();
}

function encodeValue(value: JsonValue): Buffer {
  const writer = new ProtoWriter();
  if (value === null) return writer.presentUint(1, 0).finish();
  switch (typeof value) {
    case 'number':
      return writer.double(2, value).finish();
    case 'string':
      return writer.message(3, Buffer.from(value)).finish();
    case 'boolean':
      return writer.presentUint(4, value ? 1 : 0).finish();
    default:
      if (!isList(value)) return writer.message(5, encodeStruct(value)).finish();
      const list = new ProtoWriter();
      for (const entry of value) list.message(1, encodeValue(entry));
      return writer.message(6, list.finish()).finish();
  }
}

function isList(value: readonly JsonValue[] | JsonObject): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** @throws ProtoError */
export function decodeStruct(reader: ProtoReader, depth = 0): JsonObject {
  if (depth > MAX_DEPTH) throw new ProtoError('struct nested too deeply');
  // No prototype: a key such as `__proto__` is only a key.
  const object: Record<string, JsonValue> = Object.create(null);
  while (reader.next()) {
    if (reader.field !== 1) {
      reader.skip();
      continue;
    }
    const entry = reader.message();
    let key = '';
    let value: JsonValue = null;
    while (entry.next()) {
      if (entry.field === 1) key = entry.string();
      else if (entry.field === 2) value = decodeValue(entry.message(), depth + 1);
      else entry.skip();
    }
    object[key] = value;
  }
  return object;
}

function decodeValue(reader: ProtoReader, depth: number): JsonValue {
  if (depth > MAX_DEPTH) throw new ProtoError('struct nested too deeply');
  let value: JsonValue = null;
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        reader.uint();
        value = null;
        break;
      case 2:
        value = reader.double();
        break;
      case 3:
        value = reader.string();
        break;
      case 4:
        value = reader.bool();
        break;
      case 5:
        value = decodeStruct(reader.message(), depth + 1);
        break;
      case 6:
        value = decodeList(reader.message(), depth + 1);
        break;
      default:
        reader.skip();
    }
  }
  return value;
}

function decodeList(reader: ProtoReader, depth: number): JsonValue[] {
  const list: JsonValue[] = [];
  while (reader.next()) {
    if (reader.field === 1) list.push(decodeValue(reader.message(), depth));
    else reader.skip();
  }
  return list;
}
