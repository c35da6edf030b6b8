import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoints } from '@weft/api/proxy-config/types';
import { decodeDeltaResponse, encodeDeltaResponse } from '@weft/common/xds/discovery';
import { decodeResourceJson, typeUrl } from '@weft/common/xds/resource';
import { ResourceEncoder } from './resource-encoder.ts';

function endpoints(port: number): Endpoints {
  return { name: 'bookshop/reviews:80', endpoints: [{ address: '127.0.0.1', port, weight: 1 }] };
}

test('an object is encoded once, equal content has an equal version, other content another', () => {
  const encoder = new ResourceEncoder();
  const object = endpoints(80);
  const first = encoder.encode('Endpoints', object);
  assert.equal(encoder.encode('Endpoints', object), first);
  assert.equal(encoder.encode('Endpoints', endpoints(80)).version, first.version);
  assert.notEqual(encoder.encode('Endpoints', endpoints(81)).version, first.version);
  assert.match(first.version, /^[\w-]{16}$/);
});

test('the bytes are a resource of xDS with our JSON in it', () => {
  const { bytes, version } = new ResourceEncoder().encode('Endpoints', endpoints(80));
  const [resource] = decodeDeltaResponse(
    encodeDeltaResponse({ typeUrl: 't', nonce: '1', resources: [bytes], removed: [] }),
  ).resources;
  assert.partialDeepStrictEqual(resource, {
    name: 'bookshop/reviews:80',
    version,
    typeUrl: typeUrl('Endpoints'),
  });
  const json = Buffer.from(decodeResourceJson(resource?.value ?? Buffer.alloc(0))).toString();
  assert.deepEqual(JSON.parse(json), endpoints(80));
});
