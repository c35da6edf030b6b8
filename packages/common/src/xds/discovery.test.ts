import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ProtoWriter } from '../protobuf/writer.ts';
import {
  type DeltaRequest,
  decodeDeltaRequest,
  decodeDeltaResponse,
  encodeDeltaRequest,
  encodeDeltaResource,
  encodeDeltaResponse,
} from './discovery.ts';
import { decodeResourceJson, encodeResourceJson, typeOfUrl, typeUrl } from './resource.ts';

/** Records with a prototype, as the decoders make them. */
function plainRecord<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>;
}

const text = fc.string({ unit: 'binary' });

test('a request survives', () => {
  const request: fc.Arbitrary<DeltaRequest> = fc
    .record({
      node: fc.option(
        fc
          .record({
            id: text,
            zone: fc.option(
              text.filter((zone) => zone !== ''),
              { nil: undefined },
            ),
          })
          .map(({ id, zone }) => ({ id, metadata: {}, ...(zone !== undefined && { zone }) })),
        { nil: undefined },
      ),
      typeUrl: text,
      subscribe: fc.array(text),
      unsubscribe: fc.array(text),
      initialVersions: fc.array(fc.tuple(text, text)).map((pairs) => new Map(pairs)),
      responseNonce: text,
      errorDetail: fc.option(plainRecord({ code: fc.nat(16), message: text }), { nil: undefined }),
    })
    .map(({ node, errorDetail, ...rest }) => ({
      ...rest,
      ...(node && { node }),
      ...(errorDetail && { errorDetail }),
    }));
  fc.assert(
    fc.property(request, (given) => {
      const { node, ...rest } = decodeDeltaRequest(encodeDeltaRequest(given));
      const { node: givenNode, ...givenRest } = given;
      assert.deepEqual(rest, givenRest);
      assert.equal(node?.id, givenNode?.id);
      assert.equal(node?.zone, givenNode?.zone);
    }),
  );
});

test('a response survives, its resources encoded apart', () => {
  const resource = plainRecord({ name: text, version: text, typeUrl: text, value: fc.uint8Array() });
  const response = plainRecord({
    typeUrl: text,
    nonce: text,
    resources: fc.array(resource),
    removed: fc.array(text),
  });
  fc.assert(
    fc.property(response, (given) => {
      const bytes = encodeDeltaResponse({ ...given, resources: given.resources.map(encodeDeltaResource) });
      const { resources, ...rest } = decodeDeltaResponse(bytes);
      const { resources: givenResources, ...givenRest } = given;
      assert.deepEqual(rest, givenRest);
      assert.deepEqual(
        resources.map((each) => ({ ...each, value: new Uint8Array(each.value) })),
        givenResources,
      );
    }),
  );
});

test('the field numbers are those of discovery.proto', () => {
  const request = encodeDeltaRequest({
    node: { id: 'n', metadata: { a: true }, zone: 'z' },
    typeUrl: 't',
    subscribe: ['s'],
    unsubscribe: ['u'],
    initialVersions: new Map([['k', 'v']]),
    responseNonce: 'o',
    errorDetail: { code: 3, message: 'm' },
  });
  const node = new ProtoWriter()
    .string(1, 'n')
    // Struct.fields { "a": bool_value true }
    .message(3, Buffer.from('0a070a016112022001', 'hex'))
    .message(4, new ProtoWriter().string(2, 'z').finish())
    .string(6, 'weft')
    .finish();
  const expected = new ProtoWriter()
    .message(1, node)
    .string(2, 't')
    .string(3, 's')
    .string(4, 'u')
    .message(5, new ProtoWriter().string(1, 'k').string(2, 'v').finish())
    .string(6, 'o')
    .message(7, new ProtoWriter().uint(1, 3).string(2, 'm').finish())
    .finish();
  assert.equal(request.toString('hex'), expected.toString('hex'));

  const resource = encodeDeltaResource({ name: 'n', version: 'v', typeUrl: 't', value: Buffer.from('b') });
  const any = new ProtoWriter().string(1, 't').string(2, 'b').finish();
  assert.deepEqual(resource, new ProtoWriter().string(1, 'v').message(2, any).string(3, 'n').finish());
  const response = encodeDeltaResponse({ typeUrl: 't', nonce: 'o', resources: [resource], removed: ['r'] });
  assert.deepEqual(
    response,
    new ProtoWriter().message(2, resource).string(4, 't').string(5, 'o').string(6, 'r').finish(),
  );
});

test('type URLs are of our own domain', () => {
  assert.equal(typeUrl('Outbound'), 'type.weft.dev/weft.v1.Outbound');
  assert.equal(typeOfUrl(typeUrl('Outbound')), 'Outbound');
  assert.equal(typeOfUrl('type.googleapis.com/envoy.config.cluster.v3.Cluster'), undefined);
});

test("a resource's JSON survives in its message, other fields are skipped", () => {
  const json = Buffer.from('{"name":"a"}');
  const message = Buffer.concat([new ProtoWriter().uint(9, 1).finish(), encodeResourceJson(json)]);
  assert.deepEqual(Buffer.from(decodeResourceJson(message)), json);
});
