// WebSockets between HTTP/1.1 (Upgrade, RFC 6455) and HTTP/2 (extended CONNECT, RFC 8441), every way.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttp1, request } from 'node:http';
import {
  type ClientHttp2Session,
  connect,
  createServer as createHttp2,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { test } from 'node:test';
import type { Version } from './either-http.ts';
import { listen } from './http.ts';
import { outboundConfig, type Sidecar, startSidecar } from './sidecar.ts';

const WAYS: readonly (readonly [client: Version, origin: Version])[] = [
  ['http1', 'http1'],
  ['http1', 'http2'],
  ['http2', 'http1'],
  ['http2', 'http2'],
];

type Headers = Readonly<Record<string, string | undefined>>;

/** What an endpoint does with a request to change protocols. */
interface Endpoint extends AsyncDisposable {
  readonly port: number;
  readonly seen: Headers[];
}

interface EndpointOptions {
  /** Status instead of agreeing. */
  readonly refuse?: number;
  /** In HTTP/1.1: a proof of another key. */
  readonly isForged?: boolean;
  readonly serve?: (socket: Duplex) => void;
}

function acceptOf(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}

async function startEndpoint(version: Version, options: EndpointOptions): Promise<Endpoint> {
  const { refuse, isForged = false, serve = () => {} } = options;
  const seen: Headers[] = [];
  const sockets = new Set<{ destroy(): void }>();
  let server: Server;
  if (version === 'http1') {
    server = createHttp1((_incoming, response) => response.end('no upgrade')).on(
      'upgrade',
      (incoming, socket) => {
        seen.push(incoming.headers as Headers);
        socket.on('error', () => {});
        if (refuse !== undefined) {
          socket.write(`HTTP/1.1 ${refuse} No\r\nContent-Length: 2\r\n\r\nno`);
          return;
        }
        const key = String(incoming.headers['sec-websocket-key']);
        const accept = acceptOf(isForged ? 'another' : key);
        socket.write(
          `HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\nX-Chat: 1\r\n\r\n`,
        );
        serve(socket);
      },
    );
  } else {
    server = createHttp2({ settings: { enableConnectProtocol: true } }).on(
      'stream',
      (stream: ServerHttp2Stream, headers) => {
        seen.push(headers as unknown as Headers);
        stream.on('error', () => {});
        stream.respond({ ':status': refuse ?? 200, 'x-chat': '1' });
        if (refuse === undefined) serve(stream);
        else stream.end('no');
      },
    );
  }
  server.on('connection', (socket) => sockets.add(socket));
  return {
    port: await listen(server),
    seen,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

interface Opened extends AsyncDisposable {
  /** 101 in either version. */
  readonly status: number;
  readonly headers: Headers;
  readonly tunnel: Duplex;
}

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

async function open(version: Version, port: number): Promise<Opened> {
  return version === 'http1' ? openHttp1(port) : openHttp2(port);
}

async function openHttp1(port: number): Promise<Opened> {
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': KEY,
  };
  const outgoing = request({ host: '127.0.0.1', port, path: '/chat?a=1', headers, agent: false });
  outgoing.end();
  const [response, tunnel, early] = await Promise.race([
    once(outgoing, 'upgrade'),
    once(outgoing, 'response').then(([answer]) => [answer, answer, Buffer.alloc(0)]),
  ]);
  tunnel.on('error', () => {});
  if (early.length > 0) tunnel.unshift(early);
  return {
    status: response.statusCode,
    headers: response.headers,
    tunnel,
    async [Symbol.asyncDispose]() {
      tunnel.destroy();
    },
  };
}

async function openHttp2(port: number): Promise<Opened> {
  const session: ClientHttp2Session = connect(`http://127.0.0.1:${port}`);
  session.on('error', () => {});
  // Only when it is known that the other side has extended CONNECT.
  await once(session, 'remoteSettings');
  const tunnel = session.request(
    { ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/chat?a=1', 'sec-websocket-version': '13' },
    { endStream: false },
  );
  tunnel.on('error', () => {});
  const [headers] = await once(tunnel, 'response');
  return {
    status: headers[':status'] === 200 ? 101 : headers[':status'],
    headers,
    tunnel,
    async [Symbol.asyncDispose]() {
      session.destroy();
    },
  };
}

async function startBefore(
  endpoint: Endpoint,
  version: Version,
  timeouts: object = { requestMs: 300 },
): Promise<Sidecar> {
  const { clusters, ...config } = outboundConfig([{ backends: [{ cluster: 'app' }], timeouts }], {
    app: endpoint.port,
  });
  const protocol = version === 'http2' ? 'http2' : 'http';
  return startSidecar({ ...config, clusters: (clusters as object[]).map((one) => ({ ...one, protocol })) });
}

/** Runs with a sidecar before the endpoint, for every way. */
function everyWay(
  what: string,
  options: EndpointOptions,
  run: (
    opened: Opened,
    endpoint: Endpoint,
    sidecar: Sidecar,
    versions: readonly [Version, Version],
  ) => Promise<void>,
): void {
  for (const [from, to] of WAYS) {
    test(`${what}: ${from} to ${to}`, async () => {
      await using endpoint = await startEndpoint(to, options);
      await using sidecar = await startBefore(endpoint, to);
      await using opened = await open(from, sidecar.port('out'));
      await run(opened, endpoint, sidecar, [from, to]);
    });
  }
}

/** All that comes until the other side ends. */
async function readAll(tunnel: Duplex): Promise<Buffer> {
  const chunks: Buffer[] = [];
  tunnel.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(tunnel, 'end');
  return Buffer.concat(chunks);
}

async function reads(tunnel: Duplex, text: string): Promise<void> {
  let got = '';
  while (got !== text) {
    const chunk = tunnel.read() as Buffer | null;
    if (chunk === null) await once(tunnel, 'readable');
    else got += chunk.toString();
    assert.ok(text.startsWith(got), got);
  }
}

/** Also where an error comes first. */
function closes(tunnel: Duplex): Promise<void> {
  return new Promise((resolve) => tunnel.once('close', () => resolve()));
}

everyWay(
  'bytes go both ways, for longer than a request may take, and each way ends by itself',
  {
    serve: (socket) => {
      socket.write('hello from the server');
      socket.on('data', (chunk: Buffer) => socket.write(`<${chunk}>`));
      socket.on('end', () => setImmediate(() => socket.end('last')));
    },
  },
  async ({ status, headers, tunnel }, { seen }, sidecar, [from, to]) => {
    assert.equal(status, 101);
    assert.equal(headers['x-chat'], '1');
    // The proof is for the key that the client sent; HTTP/2 has neither.
    assert.equal(headers['sec-websocket-accept'], from === 'http1' ? acceptOf(KEY) : undefined);
    const [request = {}] = seen;
    assert.equal(request['sec-websocket-version'], '13');
    if (to === 'http1') assert.match(String(request['sec-websocket-key']), /^[A-Za-z0-9+/]{22}==$/);
    else {
      assert.equal(request[':protocol'], 'websocket');
      assert.equal(request['sec-websocket-key'], undefined);
      assert.equal(request[':path'], '/chat?a=1');
    }
    await reads(tunnel, 'hello from the server');
    for (const word of ['a', 'bc']) {
      tunnel.write(word);
      await reads(tunnel, `<${word}>`);
    }
    await new Promise((resolve) => setTimeout(resolve, 400));
    tunnel.end('d');
    assert.equal((await readAll(tunnel)).toString(), '<d>last');
    const line = await sidecar.nextLine();
    assert.deepEqual([line['response_flags'], line['bytes_received']], ['-', 4]);
    assert.equal(line['path'], '/chat?a=1');
  },
);

everyWay('an endpoint that does not agree: no tunnel, and its answer', { refuse: 403 }, async (opened) => {
  assert.equal(opened.status, 403);
  assert.equal((await readAll(opened.tunnel)).toString(), 'no');
});

everyWay(
  'a large message each way at once',
  {
    serve: (socket) => void socket.pipe(socket),
  },
  async ({ tunnel }) => {
    const sent = Buffer.alloc(3_000_000, 'abcdefg');
    tunnel.end(sent);
    assert.ok((await readAll(tunnel)).equals(sent));
  },
);

const endpoints: Duplex[] = [];
everyWay(
  'a client that breaks off: the endpoint learns of it',
  { serve: (socket) => void endpoints.push(socket) },
  async ({ tunnel }, _endpoint, sidecar) => {
    tunnel.write('x');
    const socket = endpoints.at(-1) as Duplex;
    await once(socket, 'readable');
    const closed = closes(socket);
    if ('resetAndDestroy' in tunnel) (tunnel as Duplex & { resetAndDestroy(): void }).resetAndDestroy();
    else tunnel.destroy(new Error('broken off'));
    socket.resume();
    await closed;
    assert.equal((await sidecar.nextLine())['response_flags'], 'DC');
  },
);

everyWay(
  'an endpoint that breaks off: the client learns of it',
  {
    serve: (socket) => {
      socket.once('data', () => {
        if ('resetAndDestroy' in socket) (socket as Duplex & { resetAndDestroy(): void }).resetAndDestroy();
        else socket.destroy(new Error('broken off'));
      });
    },
  },
  async ({ tunnel }, _endpoint, sidecar) => {
    const closed = closes(tunnel);
    tunnel.write('x');
    tunnel.resume();
    await closed;
    assert.match(String((await sidecar.nextLine())['response_flags']), /^U[CR]$/);
  },
);

for (const [from, to] of WAYS) {
  test(`a tunnel that is silent for longer than the route allows is broken off: ${from} to ${to}`, async () => {
    await using endpoint = await startEndpoint(to, {});
    await using sidecar = await startBefore(endpoint, to, { idleMs: 500 });
    await using opened = await open(from, sidecar.port('out'));
    assert.equal(opened.status, 101);
    opened.tunnel.resume();
    await closes(opened.tunnel);
    assert.equal((await sidecar.nextLine())['response_flags'], 'SI');
  });
}

test('an endpoint whose proof is of another key opens no tunnel', async () => {
  await using endpoint = await startEndpoint('http1', { isForged: true });
  await using sidecar = await startBefore(endpoint, 'http1');
  await using opened = await open('http2', sidecar.port('out'));
  assert.equal(opened.status, 502);
});

test('an endpoint of HTTP/2 without extended CONNECT: refused, and nothing reaches it', async () => {
  const server = createHttp2();
  let streams = 0;
  server.on('stream', () => streams++);
  const port = await listen(server);
  await using sidecar = await startBefore({ port, seen: [], [Symbol.asyncDispose]: async () => {} }, 'http2');
  await using opened = await open('http1', sidecar.port('out'));
  assert.equal(opened.status, 502);
  assert.equal(streams, 0);
  server.close();
});
