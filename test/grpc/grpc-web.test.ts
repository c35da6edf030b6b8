// Browsers' calls: gRPC-Web by a hand-written client, to a real gRPC server that knows nothing of it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { createServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { deadPort, startOrigin } from '../proxy/http.ts';
import { startBooks } from './books.ts';
import { framed, rawCall } from './raw-call.ts';
import { CHAINS, oneSidecar } from './sidecars.ts';

interface WebAnswer {
  readonly status: number;
  readonly type: string | undefined;
  readonly grpcStatus: string | undefined;
  readonly messages: readonly string[];
  readonly trailers: Readonly<Record<string, string>> | undefined;
}

interface WebCall {
  readonly contentType?: string;
  readonly method?: string;
  readonly message?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A call as fetch makes it, over HTTP/1.1. */
function webCall(port: number, call: WebCall = {}): Promise<WebAnswer> {
  const { contentType = 'application/grpc-web+proto', method = 'Get', message = 'Dune', headers = {} } = call;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        port,
        method: 'POST',
        path: `/shop.Books/${method}`,
        agent: false,
        headers: { 'content-type': contentType, 'x-grpc-web': '1', ...headers },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const type = response.headers['content-type'];
          resolve({
            status: response.statusCode ?? 0,
            type,
            grpcStatus: response.headers['grpc-status'] as string | undefined,
            ...readFrames(bodyBytes(Buffer.concat(chunks), type)),
          });
        });
      },
    );
    outgoing.on('error', reject);
    const body = framed(message);
    outgoing.end(contentType.includes('-text') ? body.toString('base64') : body);
  });
}

function bodyBytes(body: Buffer, type: string | undefined): Buffer {
  if (type?.startsWith('application/grpc-web-text') !== true) return body;
  // Padding ends a piece wherever it stands.
  const pieces = body.toString('latin1').match(/[^=]+=*/g) ?? [];
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece, 'base64')));
}

function readFrames(body: Buffer): Pick<WebAnswer, 'messages' | 'trailers'> {
  const messages: string[] = [];
  let trailers: Record<string, string> | undefined;
  for (let at = 0; at + 5 <= body.length; ) {
    const end = at + 5 + body.readUInt32BE(at + 1);
    const content = body.subarray(at + 5, end).toString('latin1');
    if (body[at] === 0x80) {
      assert.equal(end, body.length, 'trailers are the last frame');
      const lines = content.split('\r\n').filter((line) => line !== '');
      trailers = Object.fromEntries(lines.map((line) => line.split(': ', 2)));
    } else messages.push(content);
    at = end;
  }
  return { messages, trailers };
}

for (const [chain, start] of CHAINS) {
  for (const contentType of ['application/grpc-web', 'application/grpc-web-text+proto']) {
    test(`${contentType} reaches a gRPC server through ${chain}`, async () => {
      await using books = await startBooks();
      await using mesh = await start(books.port);
      const unary = await webCall(mesh.port, { contentType, headers: { 'x-echo': 'header' } });
      assert.equal(unary.status, 200);
      const name = contentType.includes('+') ? contentType : `${contentType}+proto`;
      assert.equal(unary.type, name);
      assert.deepEqual(unary.messages, ['Dune']);
      assert.equal(unary.trailers?.['grpc-status'], '0');
      assert.equal(unary.trailers['x-server'], 'books');
      const list = await webCall(mesh.port, { contentType, method: 'List', message: '300' });
      assert.equal(list.messages.length, 300);
      assert.equal(list.trailers?.['grpc-status'], '0');
      const failed = await webCall(mesh.port, { contentType, headers: { fail: '7' } });
      assert.equal(failed.grpcStatus ?? failed.trailers?.['grpc-status'], '7');
      const line = await mesh.client.nextLine((entry) => entry.path === '/shop.Books/List');
      assert.deepEqual(
        [line.protocol, line.grpc_status, line.response_message_count],
        ['HTTP/1.1', 'OK', 300],
      );
    });
  }
}

test('the server gets a request of gRPC, with nothing in it of gRPC-Web but its own headers', async () => {
  const server = createServer();
  const asked = once(server, 'stream') as Promise<[ServerHttp2Stream, IncomingHttpHeaders]>;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await using mesh = await oneSidecar([(server.address() as AddressInfo).port]);
  const calling = webCall(mesh.port, { contentType: 'application/grpc-web-text' });
  const [stream, headers] = await asked;
  const { te, 'content-type': type, 'content-length': length, 'x-grpc-web': web } = headers;
  assert.deepEqual([te, type, length, web], ['trailers', 'application/grpc+proto', undefined, '1']);
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  assert.deepEqual(Buffer.concat(chunks), framed('Dune'));
  stream.respond({ 'content-type': 'application/grpc', 'grpc-status': '9' }, { endStream: true });
  assert.equal((await calling).grpcStatus, '9');
  server.close();
});

test('messages of a stream reach the browser as they come, and its leaving the server', async () => {
  await using books = await startBooks();
  await using mesh = await oneSidecar([books.port]);
  const begun = books.nextCall();
  const outgoing = request({
    host: '127.0.0.1',
    port: mesh.port,
    method: 'POST',
    path: '/shop.Books/List',
    headers: { 'content-type': 'application/grpc-web-text' },
  });
  outgoing.end(framed('0').toString('base64'));
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const [chunk] = (await once(response, 'data')) as [Buffer];
  assert.deepEqual(Buffer.from(chunk.toString('latin1'), 'base64'), framed('first'));
  const cancelled = once(await begun, 'cancelled');
  response.on('error', () => {});
  // A FIN alone may be the end of the request only: the codec goes on answering (RFC 9112 9.6).
  response.socket.resetAndDestroy();
  await cancelled;
  const { response_flags, grpc_status } = await mesh.client.nextLine();
  assert.deepEqual([response_flags, grpc_status], ['DC', 'Canceled']);
});

test('gRPC-Web over HTTP/2 is translated as well', async () => {
  await using books = await startBooks();
  await using mesh = await oneSidecar([books.port]);
  const { head, body, trailers } = await rawCall(mesh.port, {
    headers: { 'content-type': 'application/grpc-web', te: 'trailers' },
    body: framed('Dune'),
  });
  assert.equal(head['content-type'], 'application/grpc-web+proto');
  assert.equal(trailers, undefined);
  assert.deepEqual(readFrames(body).messages, ['Dune']);
  assert.equal(readFrames(body).trailers?.['grpc-status'], '0');
});

test('what the sidecar answers itself has its status in the head', async () => {
  await using mesh = await oneSidecar([await deadPort()]);
  const { status, type, grpcStatus } = await webCall(mesh.port);
  assert.deepEqual([status, type, grpcStatus], [200, 'application/grpc-web+proto', '14']);
});

test('a body that is no base64 is refused', async () => {
  await using books = await startBooks();
  await using mesh = await oneSidecar([books.port]);
  const { head, body } = await rawCall(mesh.port, {
    headers: { 'content-type': 'application/grpc-web-text' },
    body: Buffer.from('no base64!'),
  });
  assert.equal(head[':status'], 400);
  assert.match(body.toString(), /^weft: DPE the body of application\/grpc-web-text is not base64/);
});

test('a server that speaks gRPC-Web itself gets it as it came', async () => {
  await using origin = await startOrigin('web');
  await using mesh = await oneSidecar([origin.port], { protocol: 'http' });
  await webCall(mesh.port, { contentType: 'application/grpc-web-text' });
  assert.equal(origin.received[0]?.headers['content-type'], 'application/grpc-web-text');
  assert.equal(origin.received[0]?.body, framed('Dune').toString('base64'));
});
