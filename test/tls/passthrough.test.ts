// TLS of the applications' own, routed by the name that the client asks for (SNI) and never opened.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { filesOf, TestCertificates } from '../mtls/certificates.ts';
import { startTcpOrigin } from '../proxy/http.ts';
import { clusterLists, inboundConfig, type Sidecar, startSidecar } from '../proxy/sidecar.ts';
import { serving, startTlsOrigin, type TlsOrigin } from './certificates.ts';

const NAMES = { a: 'a.example', wild: '*.shop.example', deep: '*.eu.shop.example', rest: undefined } as const;

interface World extends AsyncDisposable {
  readonly certificates: TestCertificates;
  readonly ca: string;
  readonly origins: Readonly<Record<keyof typeof NAMES, TlsOrigin>>;
}

/** One server for each name, that says who it is. */
async function startWorld(): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const certificates = stack.use(await TestCertificates.create());
  const authority = await certificates.otherAuthority();
  const origins: Record<string, TlsOrigin> = {};
  for (const [who, name] of Object.entries(NAMES)) {
    const pair = await serving(authority, [name ?? 'rest.example']);
    origins[who] = stack.use(await startTlsOrigin(pair, (socket) => socket.end(who)));
  }
  const parts = stack.move();
  return {
    certificates,
    ca: authority.roots.join(''),
    origins: origins as World['origins'],
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** The client's sidecar, with a rule for each of these. */
function routing(
  world: World,
  protocol: string,
  rules: readonly (keyof typeof NAMES)[] = ['a', 'wild', 'deep', 'rest'],
): Promise<Sidecar> {
  const ports = Object.fromEntries(rules.map((who) => [who, world.origins[who].port]));
  return startSidecar({
    listeners: [{ name: 'out', port: 0, outbound: 'shop/app:443' }],
    outbounds: [
      {
        name: 'shop/app:443',
        protocol,
        tcpRules: rules.map((who) => ({
          ref: `TLSRoute/shop/${who}`,
          hostnames: NAMES[who] === undefined ? [] : [NAMES[who]],
          backends: [{ cluster: who }],
        })),
      },
    ],
    ...clusterLists(ports),
  });
}

/** Who answers, with a certificate of this name. */
async function ask(port: number, ca: string, options: ConnectionOptions): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, ca, ALPNProtocols: ['x'], ...options });
  return textOf(socket);
}

async function textOf(socket: TLSSocket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += chunk;
  return text;
}

const EXPECTED = [
  ['a.example', 'a'],
  ['A.Example', 'a'],
  ['x.shop.example', 'wild'],
  ['x.eu.shop.example', 'deep'],
] as const;

for (const protocol of ['tls', 'tcp', 'detect']) {
  test(`${protocol}: the best rule for the name gets the connection, which nobody opens on the way`, async () => {
    await using world = await startWorld();
    await using client = await routing(world, protocol);
    for (const [servername, who] of EXPECTED)
      assert.equal(await ask(client.port('out'), world.ca, { servername }), who, servername);
    // Neither a name of its own nor none.
    const unchecked = { rejectUnauthorized: false };
    assert.equal(await ask(client.port('out'), world.ca, { servername: 'other.test', ...unchecked }), 'rest');
    assert.equal(await ask(client.port('out'), world.ca, unchecked), 'rest');
    const line = await client.nextLine(({ authority }) => authority === 'x.shop.example');
    assert.equal(line.route_name, 'TLSRoute/shop/wild[1]');
    assert.equal(line.upstream_cluster, 'wild');
  });
}

test('a name that no rule is for is refused, with the name in the log', async () => {
  await using world = await startWorld();
  await using client = await routing(world, 'tls', ['a']);
  for (const options of [{ servername: 'b.example' }, {}])
    await assert.rejects(ask(client.port('out'), world.ca, options), { code: 'ECONNRESET' });
  const line = await client.nextLine(({ authority }) => authority === 'b.example');
  assert.deepEqual([line.response_flags, line.response_code_details], ['NR', 'route_not_found']);
  assert.equal(client.metric('istio_tcp_connections_closed_total', { response_flags: 'NR' }), 2);
});

test('what is no TLS goes where no name is asked for', async () => {
  await using world = await startWorld();
  await using plain = await startTcpOrigin((socket) => void socket.end('220 plain\r\n'));
  for (const protocol of ['tcp', 'detect']) {
    await using client = await startSidecar({
      listeners: [{ name: 'out', port: 0, outbound: 'shop/app:443' }],
      outbounds: [
        {
          name: 'shop/app:443',
          protocol,
          tcpRules: [
            { hostnames: ['a.example'], backends: [{ cluster: 'a' }] },
            { backends: [{ cluster: 'plain' }] },
          ],
        },
      ],
      ...clusterLists({ a: world.origins.a.port, plain: plain.port }),
    });
    const port = client.port('out');
    for (const words of ['', '\0\0\0\x08\x04\xd2\x16\x2f', '*1\r\n$4\r\nPING\r\n']) {
      const socket = connectTcp({ host: '127.0.0.1', port });
      if (words !== '') socket.write(words, 'latin1');
      const [hello] = await once(socket, 'data');
      assert.equal(String(hello), '220 plain\r\n', protocol);
      socket.destroy();
    }
    assert.equal(await ask(port, world.ca, { servername: 'a.example' }), 'a');
  }
});

test('a ClientHello in any number of segments and records is read', async () => {
  await using world = await startWorld();
  await using client = await routing(world, 'tls');
  const servername = 'x.eu.shop.example';
  const options = { servername, ca: world.ca };
  for (const [recordBytes, segmentBytes] of [
    [16_384, 1],
    [1, 16_384],
    [3, 7],
    [200, 64],
  ] as const) {
    const socket = new Fragmented(client.port('out'), recordBytes, segmentBytes);
    assert.equal(await textOf(connect({ ...options, socket })), 'deep', `${recordBytes} ${segmentBytes}`);
  }
});

test('a large ClientHello is read: post-quantum keys, many protocols', async () => {
  await using world = await startWorld();
  await using client = await routing(world, 'detect');
  const ALPNProtocols = Array.from({ length: 60 }, (_, i) => `${i}-${'protocol'.repeat(25)}`);
  const options = { servername: 'a.example', ecdhCurve: 'X25519MLKEM768:X25519', ALPNProtocols };
  assert.equal(await ask(client.port('out'), world.ca, options), 'a');
});

test('through two sidecars with mutual TLS: the TLS inside is still from end to end', async () => {
  await using world = await startWorld();
  const { certificates } = world;
  const [web, app] = [await certificates.issue('web'), await certificates.issue('app')];
  await using server = await startSidecar(
    inboundConfig(
      world.origins.a.port,
      { protocol: 'tls', mtls: { mode: 'STRICT' } },
      { identity: filesOf(app) },
    ),
  );
  await using client = await startSidecar({
    listeners: [{ name: 'out', port: 0, outbound: 'shop/app:443' }],
    outbounds: [
      {
        name: 'shop/app:443',
        protocol: 'tls',
        tcpRules: [{ hostnames: ['a.example'], backends: [{ cluster: 'a' }] }],
      },
    ],
    clusters: [{ name: 'a', connectTimeoutMs: 1_000 }],
    endpoints: [
      { name: 'a', endpoints: [{ address: '127.0.0.1', port: server.port('in'), identity: app.uri }] },
    ],
    identity: filesOf(web),
  });
  assert.equal(await ask(client.port('out'), world.ca, { servername: 'a.example' }), 'a');
  assert.deepEqual(world.origins.a.serverNames, ['a.example']);
});

/** A connection whose first record is cut into records of so many bytes, sent in segments of so many. */
class Fragmented extends Duplex {
  readonly #socket;
  readonly #recordBytes: number;
  readonly #segmentBytes: number;
  #isFirst = true;

  constructor(port: number, recordBytes: number, segmentBytes: number) {
    super();
    this.#recordBytes = recordBytes;
    this.#segmentBytes = segmentBytes;
    this.#socket = connectTcp({ host: '127.0.0.1', port, noDelay: true });
    this.#socket.on('data', (chunk) => this.push(chunk));
    this.#socket.on('end', () => this.push(null));
    this.#socket.on('error', (error) => this.destroy(error));
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    if (!this.#isFirst) {
      this.#socket.write(chunk, done);
      return;
    }
    this.#isFirst = false;
    this.#sendSlowly(this.#records(chunk)).then(() => done(), done);
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  #records(record: Buffer): Buffer {
    const message = record.subarray(5);
    const records: Buffer[] = [];
    for (let at = 0; at < message.length; at += this.#recordBytes) {
      const fragment = message.subarray(at, at + this.#recordBytes);
      records.push(Buffer.from([22, 3, 1, fragment.length >> 8, fragment.length & 255]), fragment);
    }
    return Buffer.concat(records);
  }

  async #sendSlowly(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length; at += this.#segmentBytes) {
      await new Promise((resolve) =>
        this.#socket.write(bytes.subarray(at, at + this.#segmentBytes), resolve),
      );
      await new Promise(setImmediate);
    }
  }
}
