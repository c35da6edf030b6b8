// TCP connections between two sidecars: streams of connections that they share, as good as connections of their own.

import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { MESH_ALPN } from '@weft/proxy/identity/tls-context';
import {
  call,
  connectPeer,
  ends,
  expects,
  expectsClose,
  expectsEnd,
  resets,
  type ScriptedServer,
  type Step,
  sends,
  startServer,
} from '@weft/proxy/testing/scripted-peer';
import { deadPort, exchangeText, startTcpOrigin } from '../proxy/http.ts';
import { inboundConfig, type Sidecar, startSidecar } from '../proxy/sidecar.ts';
import { filesOf, type Leaf, TestCertificates } from './certificates.ts';
import { clientConfig } from './pair.ts';

interface Mesh extends AsyncDisposable {
  readonly client: Sidecar;
  readonly server: Sidecar;
  readonly web: Leaf;
  readonly app: Leaf;
  readonly port: number;
  /** TLS connections that the server's sidecar has accepted, and those that are open. */
  readonly carriers: Carriers;
}

interface Carriers {
  accepted: number;
  readonly open: Set<Socket>;
}

/** Two sidecars; the connections between them are watched where the server's accepts them. */
async function startMesh(
  appPort: number,
  inbound: object = {},
  outbound: object = {},
  protocol = 'tcp',
): Promise<Mesh> {
  await using stack = new AsyncDisposableStack();
  const certificates = stack.use(await TestCertificates.create());
  const [web, app] = [await certificates.issue('web'), await certificates.issue('app')];
  const port = { protocol, mtls: { mode: 'STRICT' }, ...inbound };
  const server = stack.use(await startSidecar(inboundConfig(appPort, port, { identity: filesOf(app) })));
  const sidecarPort = server.port('in');
  const carriers: Carriers = { accepted: 0, open: new Set() };
  const onAccepted = (message: unknown): void => {
    const { socket } = message as { readonly socket: Socket };
    if (socket.localPort !== sidecarPort) return;
    carriers.accepted++;
    carriers.open.add(socket);
    socket.on('close', () => carriers.open.delete(socket));
  };
  subscribe('net.server.socket', onAccepted);
  stack.defer(() => void unsubscribe('net.server.socket', onAccepted));
  const { outbounds, ...config } = clientConfig(sidecarPort, app.uri, protocol);
  const client = stack.use(
    await startSidecar({
      ...config,
      outbounds: (outbounds as object[]).map((one) => ({ ...one, ...outbound })),
      identity: filesOf(web),
    }),
  );
  const parts = stack.move();
  return {
    client,
    server,
    web,
    app,
    port: client.port('out'),
    carriers,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

const echo = (socket: Socket): void => void socket.pipe(socket);

test('many connections share one, each with its own bytes, and each is logged and counted with who calls', async () => {
  await using app = await startTcpOrigin(echo);
  await using mesh = await startMesh(app.port);
  const texts = Array.from({ length: 60 }, (_, i) => `${i}:${'x'.repeat(i * 2_000)}`);
  assert.deepEqual(await Promise.all(texts.map((text) => exchangeText(mesh.port, text))), texts);
  assert.equal(mesh.carriers.accepted, 1);
  const line = await mesh.server.nextLine(({ bytes_received }) => bytes_received === texts[59]?.length);
  assert.equal(line.downstream_principal, mesh.web.uri);
  await mesh.client.nextLine(({ bytes_received }) => bytes_received === texts[59]?.length);
  const opened = 'istio_tcp_connections_opened_total';
  const secured = { connection_security_policy: 'mutual_tls' };
  assert.equal(mesh.server.metric(opened, { ...secured, reporter: 'destination' }), 60);
  assert.equal(mesh.client.metric(opened, { ...secured, reporter: 'source' }), 60);
});

/** One connection through both sidecars: what the application does, and the client. */
async function play(
  server: readonly Step[],
  client: readonly Step[],
  outbound: object = {},
): Promise<ScriptedServer> {
  const app = await startServer(server);
  await using mesh = await startMesh(app.port, {}, outbound);
  try {
    await using peer = await connectPeer(mesh.port);
    await peer.peer.play(client);
    await app.done();
    if (client.includes(WAS_RESET)) assert.ok(peer.peer.wasReset, 'no reset came to the client');
  } finally {
    await app[Symbol.asyncDispose]();
  }
  return app;
}

const WAS_RESET: Step = () => {};

test('a half-close of the client reaches the application, which still answers', async () => {
  await play(
    [expects('question'), expectsEnd(), sends('answer'), ends()],
    [sends('question'), ends(), expects('answer'), expectsEnd()],
  );
});

test('a half-close of the application reaches the client, which still speaks', async () => {
  await play(
    [sends('greeting'), ends(), expects('reply'), expectsEnd()],
    [expects('greeting'), expectsEnd(), sends('reply'), ends()],
  );
});

test('an end at once, without a word, is answered', async () => {
  await play([expectsEnd(), sends('bye'), ends()], [ends(), expects('bye'), expectsEnd()]);
});

test('a reset of the client is one for the application', async () => {
  const app = await play(
    [expects('hello'), sends('there'), expectsClose()],
    [sends('hello'), expects('there'), resets()],
  );
  assert.ok(app.peers[0]?.wasReset);
});

test('a reset of the application is one for the client', async () => {
  await play([expects('hello'), resets()], [sends('hello'), expectsClose(), WAS_RESET]);
});

test('a connection that carries nothing for the idle timeout is closed on both sides', async () => {
  await play([expects('hello'), expectsClose()], [sends('hello'), expectsClose()], { idleTimeoutMs: 250 });
});

test('an application that can not be reached: the client is reset, and both logs tell why', async () => {
  await using mesh = await startMesh(await deadPort());
  await assert.rejects(exchangeText(mesh.port, 'x'), { code: 'ECONNRESET' });
  const inbound = await mesh.server.nextLine();
  assert.equal(inbound.response_code_details, 'upstream_connection_failure{connection_refused}');
  const outbound = await mesh.client.nextLine();
  assert.equal(outbound.response_flags, 'UF');
  assert.equal(outbound.response_code_details, 'upstream_connection_failure{tunnel_refused: 503 UF}');
});

test('a policy that denies a connection is asked once for it, and the next one is asked for again', async () => {
  await using app = await startTcpOrigin(echo);
  const denying = { ref: 'AuthorizationPolicy/shop/none', action: 'ALLOW', rules: [] };
  await using mesh = await startMesh(app.port, { authorization: [denying] });
  for (let i = 1; i <= 3; i++) {
    await assert.rejects(exchangeText(mesh.port, 'x'), { code: 'ECONNRESET' });
    assert.equal(mesh.server.metric('weft_inbound_connections_refused_total', { reason: 'denied' }), i);
  }
  assert.equal(
    (await mesh.client.nextLine()).response_code_details,
    'upstream_connection_failure{tunnel_refused: 403 UAEX}',
  );
  assert.equal(app.connections, 0);
});

test('where the shared connection is lost, all that it carried is reset, and the next ones get another', async () => {
  await using server = await startServer([expects('hello'), sends('there'), expectsClose()]);
  await using mesh = await startMesh(server.port);
  await using one = await connectPeer(mesh.port);
  await using other = await connectPeer(mesh.port);
  for (const { peer } of [one, other]) await peer.play([sends('hello'), expects('there')]);
  for (const socket of mesh.carriers.open) socket.destroy();
  for (const { peer } of [one, other]) {
    await peer.play([expectsClose()]);
    assert.ok(peer.wasReset);
  }
  await server.done();
  for (const { wasReset } of server.peers) assert.ok(wasReset);
  await call(mesh.port, [sends('hello'), expects('there')]);
  assert.equal(mesh.carriers.accepted, 2);
});

test('a client that does not read slows its server down, and nobody else on the same connection', async () => {
  const chunk = Buffer.alloc(65_536, 'x');
  const sent = { bytes: 0 };
  const heldUp = Promise.withResolvers<void>();
  await using app = await startTcpOrigin((socket) => {
    socket.once('data', (word) => {
      if (word.toString() !== 'flood') return void socket.end(word);
      const pour = async (): Promise<void> => {
        let isHeldUp = false;
        while (!isHeldUp) {
          sent.bytes += chunk.length;
          if (!socket.write(chunk)) isHeldUp = !(await drainsWithin(socket, 500));
        }
        heldUp.resolve();
        socket.end();
      };
      void pour();
    });
  });
  await using mesh = await startMesh(app.port);
  const slow = connect({ port: mesh.port, host: '127.0.0.1' });
  slow.pause();
  slow.write('flood');
  await heldUp.promise;
  // Kernel buffers on the way, and the window of one stream; far from what a sender could fill a process with.
  assert.ok(sent.bytes < 40_000_000, `${sent.bytes} bytes were taken`);
  for (let i = 0; i < 20; i++) assert.equal(await exchangeText(mesh.port, `word ${i}`), `word ${i}`);
  assert.equal(mesh.carriers.accepted, 1);
  let received = 0;
  slow.on('data', (data) => (received += data.length));
  slow.resume();
  await once(slow, 'close');
  assert.equal(received, sent.bytes);
});

test('where connections carry much, the next ones are on their own', async () => {
  const bytes = 20_000_000;
  await using app = await startTcpOrigin((socket) => {
    socket.resume();
    socket.on('end', () => socket.end('done'));
  });
  await using mesh = await startMesh(app.port);
  const upload = async (size: number): Promise<void> => {
    const socket = connect({ port: mesh.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.end(Buffer.alloc(size));
    assert.equal(String((await once(socket, 'data'))[0]), 'done');
    socket.destroy();
    await mesh.client.nextLine(({ bytes_received }) => bytes_received === size);
  };
  await upload(bytes);
  assert.equal(mesh.carriers.accepted, 1);
  await upload(bytes + 1);
  assert.equal(mesh.carriers.accepted, 2);
  // Until small ones are the rule again.
  for (let i = 0; i < 12; i++) await upload(10 + i);
  const accepted = mesh.carriers.accepted;
  for (let i = 0; i < 5; i++) await upload(100 + i);
  assert.equal(mesh.carriers.accepted, accepted);
});

test('a port that declares HTTP sees the requests of a caller that took it for bytes', async () => {
  await using app = await startTcpOrigin((socket) => {
    socket.once('data', (head) => {
      const seen = /x-forwarded-client-cert: [^\r]*/i.exec(head.toString())?.[0] ?? 'nobody';
      socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${seen.length}\r\n\r\n${seen}`);
    });
  });
  await using mesh = await startMesh(app.port, { protocol: 'http' });
  const answer = await exchangeText(mesh.port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  assert.match(answer, /^HTTP\/1\.1 200 [^]*sa\/web$/);
});

test('a stream that is no CONNECT to this port goes nowhere', async () => {
  await using app = await startTcpOrigin(echo);
  await using mesh = await startMesh(app.port);
  const { web } = mesh;
  const socket: TLSSocket = connectTls({
    host: '127.0.0.1',
    port: mesh.server.port('in'),
    key: web.key,
    cert: web.chain,
    ca: readFileSync(web.rootsFile, 'utf8'),
    ALPNProtocols: [MESH_ALPN.tunnel],
    checkServerIdentity: () => undefined,
  });
  await once(socket, 'secureConnect');
  const session = connectHttp2('https://x', { createConnection: () => socket });
  const status = async (headers: Record<string, string>): Promise<unknown> => {
    const stream = session.request(headers, { endStream: false });
    const [answer] = await once(stream, 'response');
    stream.on('error', () => {});
    stream.close();
    return answer[':status'];
  };
  const own = `127.0.0.1:${mesh.server.port('in')}`;
  assert.equal(await status({ ':method': 'CONNECT', ':authority': own }), 200);
  assert.equal(await status({ ':method': 'CONNECT', ':authority': '127.0.0.1:22' }), 400);
  assert.equal(await status({ ':method': 'CONNECT', ':authority': 'elsewhere.example:80' }), 400);
  assert.equal(await status({ ':method': 'GET', ':path': '/', ':scheme': 'http', ':authority': own }), 405);
  session.destroy();
  assert.equal(app.connections, 1);
});

function drainsWithin(socket: Socket, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (isDrained: boolean): void => {
      clearTimeout(timer);
      socket.off('drain', onDrain);
      resolve(isDrained);
    };
    const onDrain = (): void => settle(true);
    const timer = setTimeout(settle, ms, false);
    socket.on('drain', onDrain);
  });
}
