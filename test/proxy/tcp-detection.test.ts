// Ports that do not say what they speak: whoever speaks first is heard at once, and what was learned is remembered.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { Detection } from '@weft/proxy/detect/detections';
import {
  connectPeer,
  drips,
  expects,
  expectsClose,
  expectsEnd,
  type Step,
  sends,
  startServer,
} from '@weft/proxy/testing/scripted-peer';
import { filesOf, TestCertificates } from '../mtls/certificates.ts';
import { call, deadPort, exchangeText, startOrigin, startTcpOrigin } from './http.ts';
import { clusterLists, inboundConfig, type Sidecar, startSidecar } from './sidecar.ts';

const DETECTED = 'weft_detected_connections_total';

/** The client's sidecar alone. */
function outbound(port: number, more: object = {}): Promise<Sidecar> {
  return startSidecar({
    listeners: [{ name: 'out', port: 0, outbound: 'shop/app:80' }],
    outbounds: [
      {
        name: 'shop/app:80',
        protocol: 'detect',
        rules: [{ backends: [{ cluster: 'app' }] }],
        tcpRules: [{ backends: [{ cluster: 'app' }] }],
        ...more,
      },
    ],
    ...clusterLists({ app: port }),
  });
}

interface Chain extends AsyncDisposable {
  readonly port: number;
  readonly sidecars: readonly Sidecar[];
}

/** Ways to the application, by the number of sidecars; the ports of all are undeclared. */
const CHAINS: Readonly<Record<string, (appPort: number) => Promise<Chain>>> = {
  'one sidecar, outbound': async (appPort) => {
    const sidecar = await outbound(appPort);
    return {
      port: sidecar.port('out'),
      sidecars: [sidecar],
      [Symbol.asyncDispose]: () => sidecar[Symbol.asyncDispose](),
    };
  },
  'one sidecar, inbound in plain text': async (appPort) => {
    const sidecar = await startSidecar(inboundConfig(appPort, { protocol: 'detect' }));
    return {
      port: sidecar.port('in'),
      sidecars: [sidecar],
      [Symbol.asyncDispose]: () => sidecar[Symbol.asyncDispose](),
    };
  },
  'two sidecars with mutual TLS': async (appPort) => {
    await using stack = new AsyncDisposableStack();
    const certificates = stack.use(await TestCertificates.create());
    const [web, app] = [await certificates.issue('web'), await certificates.issue('app')];
    const port = { protocol: 'detect', mtls: { mode: 'STRICT' } };
    const server = stack.use(await startSidecar(inboundConfig(appPort, port, { identity: filesOf(app) })));
    const client = stack.use(
      await startSidecar({
        listeners: [{ name: 'out', port: 0, outbound: 'shop/app:80' }],
        outbounds: [
          {
            name: 'shop/app:80',
            protocol: 'detect',
            rules: [{ backends: [{ cluster: 'app' }] }],
            tcpRules: [{ backends: [{ cluster: 'app' }] }],
          },
        ],
        clusters: [{ name: 'app', connectTimeoutMs: 1_000 }],
        endpoints: [
          { name: 'app', endpoints: [{ address: '127.0.0.1', port: server.port('in'), identity: app.uri }] },
        ],
        identity: filesOf(web),
      }),
    );
    const parts = stack.move();
    return {
      port: client.port('out'),
      sidecars: [client, server],
      [Symbol.asyncDispose]: () => parts.disposeAsync(),
    };
  },
};

/** Milliseconds until the script is over. */
async function timed(port: number, script: readonly Step[]): Promise<number> {
  await using client = await connectPeer(port);
  const started = performance.now();
  await client.peer.play(script);
  return performance.now() - started;
}

const detections = ({ running }: Sidecar): readonly Detection[] => running.proxy.detections.list();

/** Protocols by who speaks first; nothing in them looks like HTTP. */
const PROTOCOLS = {
  'server first': {
    server: [sends('220 ready\r\n'), expects('HELO\r\n'), sends('250 ok\r\n')],
    client: [expects('220 ready\r\n'), sends('HELO\r\n'), expects('250 ok\r\n')],
    speaker: 'server',
  },
  'client first': {
    server: [expects('*1\r\n$4\r\nPING\r\n'), sends('+PONG\r\n')],
    client: [sends('*1\r\n$4\r\nPING\r\n'), expects('+PONG\r\n')],
    speaker: 'client',
  },
  // Its first byte might become GET.
  'client first, byte by byte': {
    server: [expects('GLOBAL'), sends('ok')],
    client: [drips('GLOBAL'), expects('ok')],
    speaker: 'client',
  },
} as const;

for (const [chainName, startChain] of Object.entries(CHAINS)) {
  for (const [name, { server, client, speaker }] of Object.entries(PROTOCOLS)) {
    test(`${name}, ${chainName}: heard without a stall, counted, and remembered`, async (t: TestContext) => {
      await using app = await startServer(server);
      await using chain = await startChain(app.port);
      const direct = await timed(app.port, client);
      const times: number[] = [];
      for (let i = 0; i < 5; i++) times.push((await timed(chain.port, client)) - direct);
      t.diagnostic(`added to ${direct.toFixed(1)} ms: ${times.map((ms) => ms.toFixed(1)).join(', ')} ms`);
      // Far below any pause that people would notice, far above what a busy machine adds.
      assert.ok(Math.min(...times) < 100);
      const [sidecar] = chain.sidecars;
      const [line, ...others] = detections(sidecar as Sidecar);
      assert.deepEqual([line?.protocol, line?.speaker, line?.connections, others], ['tcp', speaker, 5, []]);
      assert.equal(
        sidecar?.metric(DETECTED, { protocol: 'tcp', speaker, destination: line?.destination ?? '' }),
        5,
      );
    });
  }

  test(`HTTP, ${chainName}: is HTTP, whatever was learned before`, async () => {
    await using origin = await startOrigin('app');
    await using chain = await startChain(origin.port);
    const [sidecar] = chain.sidecars as [Sidecar];
    const { direction, destination } = { direction: directionOf(sidecar), destination: nameOf(sidecar) };
    for (const [protocol, speaker] of [
      ['tcp', 'server'],
      ['tcp', 'client'],
      ['tls', 'client'],
      ['http1', 'client'],
    ] as const) {
      sidecar.running.proxy.detections.record(direction, destination, protocol, speaker);
      assert.equal((await call(chain.port, { path: `/after-${protocol}` })).status, 200);
      const line = await sidecar.nextLine(({ path }) => path === `/after-${protocol}`);
      assert.equal(line.protocol, 'HTTP/1.1');
      assert.deepEqual(sidecar.running.proxy.detections.recall(direction, destination), {
        protocol: 'http1',
        speaker: 'client',
      });
    }
  });

  test(`server first, ${chainName}: is heard, though HTTP was learned before`, async () => {
    const { server, client } = PROTOCOLS['server first'];
    await using app = await startServer(server);
    await using chain = await startChain(app.port);
    const [sidecar] = chain.sidecars as [Sidecar];
    const { direction, destination } = { direction: directionOf(sidecar), destination: nameOf(sidecar) };
    sidecar.running.proxy.detections.record(direction, destination, 'http1', 'client');
    await timed(chain.port, client);
    assert.deepEqual(sidecar.running.proxy.detections.recall(direction, destination), {
      protocol: 'tcp',
      speaker: 'server',
    });
  });
}

function directionOf(sidecar: Sidecar): 'outbound' | 'inbound' {
  return sidecar.running.proxy.ports.has('out') ? 'outbound' : 'inbound';
}

function nameOf(sidecar: Sidecar): string {
  return directionOf(sidecar) === 'outbound' ? 'shop/app:80' : '8080';
}

test('a destination that is known to be bytes is dialled at once; the first bytes are still looked at', async () => {
  await using app = await startTcpOrigin((socket) => {
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
  });
  await using sidecar = await outbound(app.port);
  sidecar.running.proxy.detections.record('outbound', 'shop/app:80', 'tcp', 'client');
  const socket = connect(sidecar.port('out'), '127.0.0.1');
  await once(socket, 'connect');
  while (app.connections === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  socket.write('GET /late HTTP/1.1\r\nHost: a\r\n\r\n');
  await once(socket, 'data');
  socket.destroy();
  assert.equal((await sidecar.nextLine()).path, '/late');
});

test('a client that waits for a server that can not be reached is told after a moment', async () => {
  await using sidecar = await outbound(await deadPort());
  await using client = await connectPeer(sidecar.port('out'));
  await client.peer.play([expectsClose()]);
  assert.ok(client.peer.wasReset);
  const line = await sidecar.nextLine();
  assert.deepEqual(
    [line.response_flags, line.response_code_details],
    ['UF', 'upstream_connection_failure{connection_refused}'],
  );
  assert.deepEqual(detections(sidecar), []);
});

test('a client that waits for a destination that can not be served is told after a moment', async () => {
  await using sidecar = await outbound(await deadPort(), { invalid: 'no such Service' });
  await using client = await connectPeer(sidecar.port('out'));
  await client.peer.play([expectsClose()]);
  const line = await sidecar.nextLine();
  assert.equal(line.response_code_details, 'invalid_configuration{no such Service}');
});

test('a server that ends without a word ends its client, and is no server that speaks first', async () => {
  await using app = await startTcpOrigin((socket) => void socket.end());
  await using sidecar = await outbound(app.port);
  await using client = await connectPeer(sidecar.port('out'));
  await client.peer.play([expectsEnd()]);
  assert.deepEqual(detections(sidecar), []);
});

test('HTTP leaves no connection of bytes behind, at the server or in the log', async () => {
  await using origin = await startOrigin('app');
  await using sidecar = await outbound(origin.port);
  sidecar.running.proxy.detections.record('outbound', 'shop/app:80', 'tcp', 'client');
  for (let i = 0; i < 10; i++) assert.equal((await call(sidecar.port('out'), { path: `/${i}` })).status, 200);
  assert.deepEqual(new Set(sidecar.accessLog.map(({ protocol }) => protocol)), new Set(['HTTP/1.1']));
  const endpoints = sidecar.running.proxy.store.clusters.flatMap((cluster) => cluster.endpoints);
  assert.deepEqual(
    endpoints.map(({ active }) => active),
    [0],
  );
});

test('a declared port is no guess, and is not counted', async () => {
  await using app = await startTcpOrigin((socket) => void socket.end('hello'));
  await using sidecar = await outbound(app.port, { protocol: 'tcp', rules: [] });
  assert.equal(await exchangeText(sidecar.port('out'), ''), 'hello');
  assert.deepEqual(detections(sidecar), []);
});

test('STRICT: what the application says first is not for a client in plain text, whatever was learned', async () => {
  await using app = await startTcpOrigin((socket) => void socket.write('220 secret\r\n'));
  await using sidecar = await startSidecar(
    inboundConfig(app.port, { protocol: 'detect', mtls: { mode: 'STRICT' } }),
  );
  sidecar.running.proxy.detections.record('inbound', '8080', 'tcp', 'server');
  await using client = await connectPeer(sidecar.port('in'));
  // Much longer than any patience with silent clients.
  await new Promise((resolve) => setTimeout(resolve, 200));
  await client.peer.play([sends('HELO\r\n'), expectsClose()]);
  assert.equal(client.peer.received, '');
  assert.equal(app.connections, 0);
});
