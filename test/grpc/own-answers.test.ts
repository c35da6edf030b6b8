// What the sidecar itself answers to gRPC: statuses that clients understand, never a bare HTTP error.

import assert from 'node:assert/strict';
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { deadPort } from '../proxy/http.ts';
import { inboundConfig, startSidecar } from '../proxy/sidecar.ts';
import { BookClient, startBooks } from './books.ts';
import { framed, rawCall } from './raw-call.ts';
import { CHAINS, oneSidecar, twoSidecars } from './sidecars.ts';

test('a refusal is one Trailers-Only answer', async () => {
  await using mesh = await oneSidecar([await deadPort()]);
  const { head, isTrailersOnly, trailers, body, rstCode } = await rawCall(mesh.port);
  assert.equal(head[':status'], 200);
  assert.equal(head['content-type'], 'application/grpc');
  assert.equal(head['grpc-status'], '14');
  assert.match(String(head['grpc-message']), /^weft: UF connecting to 127\.0\.0\.1:\d+ failed/);
  assert.equal(head['x-weft-response-flags'], 'UF');
  assert.ok(isTrailersOnly);
  assert.deepEqual([trailers, body.length, rstCode], [undefined, 0, 0]);
  const line = await mesh.client.nextLine();
  const { response_code, response_flags, grpc_status, grpc_status_number, request_message_count } = line;
  assert.deepEqual(
    [response_code, response_flags, grpc_status, grpc_status_number],
    [200, 'UF', 'Unavailable', 14],
  );
  assert.equal(request_message_count, 0);
});

test('a call that no rule is for is UNIMPLEMENTED, one that no endpoint can take UNAVAILABLE', async () => {
  await using books = await startBooks();
  await using unrouted = await oneSidecar([books.port], {
    rule: { matches: [{ path: { kind: 'exact', value: '/shop.Books/Other' } }] },
  });
  using stranger = new BookClient(unrouted.port);
  const unknown = await stranger.call('Get', ['x']);
  assert.equal(unknown.code, status.UNIMPLEMENTED);
  assert.match(unknown.details, /weft: NR no route/);
  await using empty = await oneSidecar([]);
  using client = new BookClient(empty.port);
  assert.equal((await client.call('Get', ['x'])).code, status.UNAVAILABLE);
});

test('a call that a policy denies is PERMISSION_DENIED', async () => {
  await using books = await startBooks();
  const deny = { ref: 'AuthorizationPolicy/shop/none', action: 'DENY', rules: [{}] };
  await using sidecar = await startSidecar(
    inboundConfig(books.port, { protocol: 'grpc', authorization: [deny] }),
  );
  using client = new BookClient(sidecar.port('in'));
  const { code, details } = await client.call('Get', ['x']);
  assert.equal(code, status.PERMISSION_DENIED);
  assert.match(details, /^weft: UAEX/);
  assert.equal(books.calls.length, 0);
});

for (const [chain, start] of CHAINS) {
  test(`the route's limit is DEADLINE_EXCEEDED, and the server behind ${chain} knew it`, async () => {
    await using books = await startBooks();
    await using mesh = await start(books.port, { rule: { timeouts: { requestMs: 300 } } });
    using client = new BookClient(mesh.port);
    const begun = books.nextCall();
    const began = Date.now();
    const calling = client.call('Get', ['x'], { metadata: { sleep: '1' }, deadlineMs: 60_000 });
    const deadline = Number((await begun).getDeadline());
    assert.ok(deadline <= Date.now() + 300, `the server believed in ${deadline - began} ms`);
    const { code, details } = await calling;
    assert.equal(code, status.DEADLINE_EXCEEDED);
    assert.match(details, /weft: UT no complete answer in time|Deadline exceeded/);
  });
}

test('a deadline that neither client nor server minds ends the call in the sidecar', async () => {
  await using server = await startSilent();
  await using mesh = await oneSidecar([server.port]);
  const { head, isTrailersOnly } = await rawCall(mesh.port, { headers: { 'grpc-timeout': '50m' } });
  assert.deepEqual([head[':status'], head['grpc-status'], isTrailersOnly], [200, '4', true]);
  const line = await mesh.client.nextLine();
  const { response_flags, response_code_details, grpc_status } = line;
  assert.deepEqual(
    [response_flags, response_code_details, grpc_status],
    ['UT', 'grpc_timeout', 'DeadlineExceeded'],
  );
});

/** Speaks HTTP/2 and answers nothing. */
async function startSilent(): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createHttp2Server();
  const streams = new Set<{ destroy(): void }>();
  server.on('session', (session) => streams.add(session));
  server.on('stream', (stream) => stream.on('error', () => {}));
  await listening(server);
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const stream of streams) stream.destroy();
      server.close();
    },
  };
}

function listening(server: ReturnType<typeof createHttp2Server>): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
}

test('an answer that breaks in the middle ends with a failure that the client can read', async () => {
  const server = createHttp2Server();
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.on('error', () => {});
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
    stream.write(framed('half'), () => stream.session?.destroy());
  });
  await listening(server);
  await using mesh = await oneSidecar([(server.address() as AddressInfo).port]);
  const { head, body, trailers, rstCode } = await rawCall(mesh.port);
  assert.equal(head[':status'], 200);
  assert.deepEqual(body, framed('half'));
  assert.equal(trailers?.['grpc-status'], '14');
  assert.ok(trailers['x-weft-response-flags']);
  assert.equal(rstCode, 0);
  server.close();
});

test('a call to something that is no gRPC server passes as it is and counts as what clients take it for', async () => {
  const server = createHttp2Server((_request, response) => {
    response.writeHead(404, { 'content-type': 'text/plain' });
    response.end('what?');
  });
  await listening(server);
  await using mesh = await oneSidecar([(server.address() as AddressInfo).port]);
  const { head, body } = await rawCall(mesh.port);
  assert.equal(head[':status'], 404);
  assert.equal(body.toString(), 'what?');
  const line = await mesh.client.nextLine();
  assert.deepEqual([line.response_code, line.grpc_status], [404, 'Unimplemented']);
  server.close();
});

test('a connection that is refused at one server is made to another, whatever the call', async () => {
  await using books = await startBooks();
  await using mesh = await oneSidecar([await deadPort(), books.port]);
  using client = new BookClient(mesh.port);
  for (let i = 0; i < 4; i++) assert.equal((await client.call('Put', ['a', 'b'])).code, status.OK);
});

test('where a sidecar says that its application is not there, another one serves the call', async () => {
  await using books = await startBooks();
  await using mesh = await twoSidecars([await deadPort(), books.port]);
  using client = new BookClient(mesh.port);
  for (let i = 0; i < 4; i++) assert.equal((await client.call('Put', ['a', 'b'])).code, status.OK);
  assert.equal(mesh.client.metric('istio_requests_total', { grpc_response_status: '14' }), 0);
  assert.ok(
    mesh.server.metric('istio_requests_total', { grpc_response_status: '14', response_flags: 'UF' }) > 0,
  );
});

test('a server that takes no more calls gets none twice: another one serves them', async () => {
  await using books = await startBooks();
  const goingAway = createHttp2Server();
  goingAway.on('session', (session) => {
    session.on('error', () => {});
    // Nothing was done, of any stream (RFC 9113 6.8).
    session.goaway(0, 0);
  });
  goingAway.on('stream', (stream) => stream.on('error', () => {}));
  await listening(goingAway);
  await using mesh = await oneSidecar([(goingAway.address() as AddressInfo).port, books.port]);
  using client = new BookClient(mesh.port);
  const ends = await Promise.all(Array.from({ length: 20 }, () => client.call('Get', ['x'])));
  assert.deepEqual(new Set(ends.map(({ code }) => code)), new Set([status.OK]));
  assert.equal(books.calls.length, 20);
  goingAway.close();
});
