// What metrics and log say of gRPC calls, on both sides: protocol, status, messages, and streams while they live.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { BookClient, startBooks } from './books.ts';
import { eventually } from './eventually.ts';
import { histogram } from './histogram.ts';
import { CHAINS, oneSidecar } from './sidecars.ts';

for (const [chain, start] of CHAINS) {
  test(`calls through ${chain} are counted as gRPC, by status, with their messages`, async () => {
    await using books = await startBooks();
    await using mesh = await start(books.port);
    using client = new BookClient(mesh.port);
    await client.call('Get', ['x']);
    await client.call('Put', ['a', 'b', 'c']);
    await client.call('List', ['50']);
    await client.call('Get', ['x'], { metadata: { fail: '5' } });
    for (const sidecar of new Set([mesh.client, mesh.server])) {
      const failed = await sidecar.nextLine((line) => line.grpc_status === 'NotFound');
      assert.deepEqual(
        [failed.protocol, failed.grpc_status_number, failed.grpc_message, failed.response_flags],
        ['HTTP/2', status.NOT_FOUND, 'no such book: “Ünter”', '-'],
      );
      const listed = await sidecar.nextLine((line) => line.path === '/shop.Books/List');
      assert.deepEqual([listed.request_message_count, listed.response_message_count], [1, 50]);
      const requests = (grpcStatus: string): number =>
        sidecar.metric('istio_requests_total', {
          request_protocol: 'grpc',
          response_code: '200',
          grpc_response_status: grpcStatus,
        });
      assert.deepEqual([requests('0'), requests('5')], [3, 1]);
      assert.equal(sidecar.metric('istio_requests_total', { request_protocol: 'http' }), 0);
      assert.equal(sidecar.metric('istio_request_messages_total', { request_protocol: 'grpc' }), 6);
      assert.equal(sidecar.metric('istio_response_messages_total', { request_protocol: 'grpc' }), 52);
    }
  });

  test(`a stream through ${chain} is seen while it lives`, async () => {
    await using books = await startBooks();
    await using mesh = await start(books.port);
    using client = new BookClient(mesh.port);
    const { stream, end } = client.open('Talk');
    for (let i = 0; i < 3; i++) {
      stream.write(Buffer.alloc(100));
      await once(stream, 'data');
    }
    for (const sidecar of new Set([mesh.client, mesh.server])) {
      await eventually(sidecar, 'weft_http_streams_active', 1);
      await eventually(sidecar, 'istio_request_messages_total', 3);
      assert.equal(sidecar.metric('istio_response_messages_total'), 3);
      assert.equal(sidecar.metric('weft_http_stream_received_bytes_total', { kind: 'grpc' }), 315);
      assert.equal(histogram(sidecar, 'weft_http_stream_first_byte_milliseconds').count, 1);
      assert.equal(sidecar.metric('istio_requests_total'), 0, 'it has not ended');
    }
    stream.write(Buffer.alloc(0));
    stream.end();
    assert.equal((await end).code, status.OK);
    for (const sidecar of new Set([mesh.client, mesh.server])) {
      await sidecar.nextLine();
      assert.equal(sidecar.metric('weft_http_streams_active'), 0);
      assert.equal(sidecar.metric('istio_request_messages_total'), 4);
      assert.equal(sidecar.metric('weft_http_stream_received_bytes_total'), 320);
      assert.equal(histogram(sidecar, 'weft_http_stream_duration_milliseconds').count, 1);
    }
  });
}

test('of calls that HTTP calls 200, the log of errors has those that failed at the server', async () => {
  await using books = await startBooks();
  await using mesh = await oneSidecar([books.port], { logMode: 'errors' });
  using client = new BookClient(mesh.port);
  for (const fail of [status.NOT_FOUND, status.CANCELLED, status.PERMISSION_DENIED, status.INTERNAL]) {
    await client.call('Get', ['x'], { metadata: { fail: String(fail) } });
  }
  await mesh.client.nextLine();
  assert.deepEqual(
    mesh.client.accessLog.map((line) => line.grpc_status),
    ['Internal'],
  );
});
