// The sidecar's gRPC client on HTTP/2 of its own, against servers that do what the control plane seldom does.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createSecureServer, type Http2Session, type ServerHttp2Stream, sensitiveHeaders } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createServer } from 'node:tls';
import { promisify } from 'node:util';
import type { GrpcStream } from '@weft/proxy/xds/grpc-call';
import type { GrpcChannel } from '@weft/proxy/xds/grpc-channel';
import { frameMessage, MessageDeframer } from '@weft/proxy/xds/grpc-framing';
import { GRPC_STATUS, type GrpcStatus } from '@weft/proxy/xds/grpc-status';
import { TestMesh } from './mesh.ts';

type Http2Head = Readonly<Record<string, string | undefined>> & {
  readonly [sensitiveHeaders]?: readonly string[];
};

interface Peer extends AsyncDisposable {
  readonly channel: GrpcChannel;
  readonly sessions: readonly Http2Session[];
}

/** An HTTP/2 server that the channel trusts. */
async function peer(
  mesh: TestMesh,
  onStream: (stream: ServerHttp2Stream, head: Http2Head) => void,
): Promise<Peer> {
  const { cert, key } = await serving(mesh);
  const server = createSecureServer({ cert, key });
  const sessions: Http2Session[] = [];
  server.on('session', (session) => sessions.push(session));
  server.on('stream', (stream: ServerHttp2Stream, head: Http2Head) => {
    stream.on('error', () => {});
    onStream(stream, head);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const channel = await mesh.channel((server.address() as AddressInfo).port);
  return {
    channel,
    sessions,
    async [Symbol.asyncDispose]() {
      channel.close();
      for (const session of sessions) session.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

async function serving(mesh: TestMesh): Promise<{ readonly cert: string; readonly key: string }> {
  const issued = await mesh.ca.issueServing({ dnsNames: [], ipAddresses: ['127.0.0.1'] });
  return { cert: issued.chain, key: issued.privateKey };
}

/** A call that a test can look at. */
class Call {
  readonly messages: Buffer[] = [];
  readonly ended: Promise<GrpcStatus>;
  readonly opened: Promise<void>;
  readonly stream: GrpcStream;
  #onMessage: (() => void) | undefined;

  constructor(channel: GrpcChannel) {
    const opened = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<GrpcStatus>();
    this.opened = opened.promise;
    this.ended = ended.promise;
    this.stream = channel.stream('/weft.Test/Call', {
      onOpen: opened.resolve,
      onMessage: (message) => {
        this.messages.push(message);
        this.#onMessage?.();
      },
      onEnd: ended.resolve,
    });
  }

  /** Resolves with the next message. */
  async next(): Promise<Buffer> {
    if (this.messages.length === 0)
      await new Promise<void>((resolve) => {
        this.#onMessage = resolve;
      });
    return this.messages.shift() as Buffer;
  }
}

/** Answers each message with itself, and the end with OK. */
function echo(stream: ServerHttp2Stream): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  const deframer = new MessageDeframer(1 << 30);
  stream.on('data', (chunk: Buffer) =>
    deframer.push(chunk, (message) => stream.write(frameMessage(message))),
  );
  stream.on('end', () => stream.end());
}

test('messages of all sizes go both ways, and the end brings the status', async () => {
  await using mesh = await TestMesh.create();
  await using server = await peer(mesh, echo);
  const call = new Call(server.channel);
  for (const size of [0, 1, 16_384, 5_000_000, 3]) {
    const message = Buffer.alloc(size, size % 251);
    call.stream.write(message);
    assert.ok((await call.next()).equals(message), `${size} bytes`);
  }
  call.stream.end();
  assert.deepEqual(await call.ended, { code: GRPC_STATUS.OK, message: '' });
  assert.equal(server.sessions.length, 1);
});

test('the call is made as gRPC demands, and a refusal in its head is its status', async () => {
  await using mesh = await TestMesh.create();
  const heads: Http2Head[] = [];
  await using server = await peer(mesh, (stream, head) => {
    heads.push(head);
    stream.respond({ ':status': 200, 'grpc-status': '7', 'grpc-message': 'not%20you' }, { endStream: true });
  });
  const call = new Call(server.channel);
  assert.deepEqual(await call.ended, { code: GRPC_STATUS.PERMISSION_DENIED, message: 'not you' });
  const [head] = heads as [Http2Head];
  assert.equal(head[':method'], 'POST');
  assert.equal(head[':scheme'], 'https');
  assert.equal(head[':path'], '/weft.Test/Call');
  assert.match(head[':authority'] ?? '', /^127\.0\.0\.1:\d+$/);
  assert.equal(head['te'], 'trailers');
  assert.equal(head['content-type'], 'application/grpc');
  assert.match(head['authorization'] ?? '', /^Bearer \S+$/);
  // No table on the way keeps the token.
  assert.deepEqual(head[sensitiveHeaders], ['authorization']);
});

test('an answer of something that is no gRPC server is told by its HTTP status', async () => {
  await using mesh = await TestMesh.create();
  await using server = await peer(mesh, (stream) => {
    stream.respond({ ':status': 404 });
    stream.end('not here');
  });
  const status = await new Call(server.channel).ended;
  assert.equal(status.code, GRPC_STATUS.UNIMPLEMENTED);
  assert.match(status.message, /HTTP status 404/);
});

test('a call that ends without a grpc-status has failed', async () => {
  await using mesh = await TestMesh.create();
  await using server = await peer(mesh, (stream) => {
    stream.respond({ ':status': 200 });
    stream.end();
  });
  assert.equal((await new Call(server.channel).ended).code, GRPC_STATUS.UNKNOWN);
});

test('after GOAWAY the calls under way go on, and new ones get another connection', async () => {
  await using mesh = await TestMesh.create();
  await using server = await peer(mesh, echo);
  const first = new Call(server.channel);
  first.stream.write(Buffer.from('before'));
  await first.next();
  server.sessions[0]?.goaway(0);
  // It has come when what was sent behind it is there.
  first.stream.write(Buffer.from('behind'));
  await first.next();
  const second = new Call(server.channel);
  second.stream.write(Buffer.from('new'));
  assert.equal(String(await second.next()), 'new');
  assert.equal(server.sessions.length, 2);
  first.stream.write(Buffer.from('still'));
  assert.equal(String(await first.next()), 'still');
  first.stream.end();
  assert.equal((await first.ended).code, GRPC_STATUS.OK);
});

test('a connection that breaks ends its calls with UNAVAILABLE, and the next call connects again', async () => {
  await using mesh = await TestMesh.create();
  await using server = await peer(mesh, echo);
  const first = new Call(server.channel);
  await first.opened;
  server.sessions[0]?.destroy();
  const status = await first.ended;
  assert.equal(status.code, GRPC_STATUS.UNAVAILABLE);
  assert.match(status.message, /^control plane 127\.0\.0\.1:\d+: /);
  const second = new Call(server.channel);
  await second.opened;
  assert.equal(server.sessions.length, 2);
});

test('a call that is cancelled is reset at the server', async () => {
  await using mesh = await TestMesh.create();
  const codes: number[] = [];
  const closed = Promise.withResolvers<void>();
  await using server = await peer(mesh, (stream) => {
    echo(stream);
    stream.on('close', () => {
      codes.push(stream.rstCode);
      closed.resolve();
    });
  });
  const call = new Call(server.channel);
  await call.opened;
  call.stream.cancel();
  assert.equal((await call.ended).code, GRPC_STATUS.CANCELLED);
  await closed.promise;
  assert.deepEqual(codes, [8]);
});

test('a unary call is given up at its deadline', async () => {
  await using mesh = await TestMesh.create();
  await using server = await peer(mesh, () => {});
  await assert.rejects(server.channel.unary('/weft.Test/Call', Buffer.alloc(0), 50), {
    code: GRPC_STATUS.DEADLINE_EXCEEDED,
    message: /no answer within 50 ms/,
  });
});

test('closing the channel ends its calls', async () => {
  await using mesh = await TestMesh.create();
  await using server = await peer(mesh, echo);
  const call = new Call(server.channel);
  await call.opened;
  server.channel.close();
  assert.equal((await call.ended).code, GRPC_STATUS.UNAVAILABLE);
  assert.match((await new Call(server.channel).ended).message, /the channel is closed/);
});

test('a TLS server without HTTP/2 is told as such', async () => {
  await using mesh = await TestMesh.create();
  const { cert, key } = await serving(mesh);
  const server = createServer({ cert, key, ALPNProtocols: ['http/1.1'] }, (socket) =>
    socket.on('error', () => {}),
  );
  // Some servers know no ALPN at all and take the connection.
  const silent = createServer({ cert, key }, (socket) => socket.on('error', () => {}).resume());
  for (const one of [server, silent]) {
    one.listen(0, '127.0.0.1');
    await once(one, 'listening');
    const channel = await mesh.channel((one.address() as AddressInfo).port);
    const status = await new Call(channel).ended;
    assert.equal(status.code, GRPC_STATUS.UNAVAILABLE);
    assert.match(
      status.message,
      one === silent ? /does not speak HTTP\/2/ : /alert|ALPN|application protocol/i,
    );
    one.close();
  }
});

test('a sidecar in a mesh does not load the HTTP/2 of Node', async () => {
  const script = `await import('@weft/proxy/mesh-mode'); console.log(process.moduleLoadList.join('\\n'))`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    cwd: import.meta.dirname,
  });
  assert.match(stdout, /^NativeModule tls$/m);
  assert.doesNotMatch(stdout, /http2/);
});
