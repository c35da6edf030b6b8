// TLS of the proxy's own to endpoints outside the mesh (BackendTLSPolicy).

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createSecureServer } from 'node:http2';
import { test } from 'node:test';
import { connect, type TlsOptions } from 'node:tls';
import type { CertificateAuthority } from '@weft/control-plane/identity/ca';
import { TestCertificates } from '../mtls/certificates.ts';
import { call, exchangeText, listen, startTcpOrigin } from '../proxy/http.ts';
import { type Sidecar, startSidecar } from '../proxy/sidecar.ts';
import { serving, startTlsOrigin, type TlsOrigin } from './certificates.ts';

const HOST = 'db.example';

interface World extends AsyncDisposable {
  readonly certificates: TestCertificates;
  readonly authority: CertificateAuthority;
}

async function startWorld(): Promise<World> {
  const certificates = await TestCertificates.create();
  return {
    certificates,
    authority: await certificates.otherAuthority(),
    [Symbol.asyncDispose]: () => certificates[Symbol.asyncDispose](),
  };
}

/** The client's sidecar, that speaks TLS to this port as the policy says. */
function originating(port: number, protocol: string, tls: object): Promise<Sidecar> {
  return startSidecar({
    listeners: [{ name: 'out', port: 0, outbound: 'shop/db:80' }],
    outbounds: [
      {
        name: 'shop/db:80',
        protocol,
        ...(protocol !== 'tcp' && protocol !== 'tls' && { rules: [{ backends: [{ cluster: 'db' }] }] }),
        ...(!protocol.startsWith('http') && { tcpRules: [{ backends: [{ cluster: 'db' }] }] }),
      },
    ],
    clusters: [
      {
        name: 'db',
        protocol,
        connectTimeoutMs: 2_000,
        tls: { ref: 'BackendTLSPolicy/shop/db', hostname: HOST, ...tls },
      },
    ],
    endpoints: [{ name: 'db', endpoints: [{ address: '127.0.0.1', port }] }],
  });
}

/** A server that shows a certificate for these names, and tells which protocol was agreed on. */
async function origin(
  authority: CertificateAuthority,
  names: readonly string[],
  options: TlsOptions = {},
): Promise<TlsOrigin> {
  const pair = await serving(authority, names);
  return startTlsOrigin({ ...pair, ...options }, (socket) => {
    const agreed = String(socket.alpnProtocol || 'none');
    socket.once('data', (data) => {
      const isHttp = data.toString().startsWith('GET ');
      socket.end(
        isHttp
          ? `HTTP/1.1 200 OK\r\nContent-Length: ${agreed.length}\r\nx-tls: 1\r\n\r\n${agreed}`
          : `${agreed}:${data}`,
      );
    });
  });
}

test('HTTP/1.1 and bytes are sent over TLS, with SNI, by the roots of the policy', async () => {
  await using world = await startWorld();
  const { authority } = world;
  await using app = await origin(authority, [HOST], { ALPNProtocols: ['http/1.1', 'h2'] });
  const tls = { roots: [...authority.roots] };
  await using http = await originating(app.port, 'http', tls);
  const { status, body } = await call(http.port('out'));
  assert.deepEqual([status, body], [200, 'http/1.1']);
  await using tcp = await originating(app.port, 'tcp', tls);
  assert.equal(await exchangeText(tcp.port('out'), 'ping'), 'none:ping');
  assert.deepEqual(app.serverNames, [HOST, HOST]);
});

test('HTTP/2 is sent where ALPN says h2, and nothing to a server that does not', async () => {
  await using world = await startWorld();
  const { authority } = world;
  const pair = await serving(authority, [HOST]);
  const server = createSecureServer(pair, (request, response) => void response.end(`h2 ${request.url}`));
  const port = await listen(server);
  try {
    await using http2 = await originating(port, 'http2', { roots: [...authority.roots] });
    assert.equal((await call(http2.port('out'), { path: '/x' })).body, 'h2 /x');
  } finally {
    server.close();
  }
  for (const ALPNProtocols of [['http/1.1'], undefined]) {
    await using app = await origin(authority, [HOST], ALPNProtocols && { ALPNProtocols });
    await using http2 = await originating(app.port, 'http2', { roots: [...authority.roots] });
    assert.equal((await call(http2.port('out'))).status, 503);
    assert.match(
      String((await http2.nextLine()).response_code_details),
      /tls_error: .*(HTTP\/2|application protocol)/,
    );
  }
});

test('a server without ALPN is taken for HTTP/1.1', async () => {
  await using world = await startWorld();
  await using app = await origin(world.authority, [HOST]);
  await using http = await originating(app.port, 'http', { roots: [...world.authority.roots] });
  assert.equal((await call(http.port('out'))).body, 'none');
});

test('TLS 1.2 is spoken where a server has nothing newer, and nothing older', async () => {
  await using world = await startWorld();
  const roots = [...world.authority.roots];
  await using older = await origin(world.authority, [HOST], { maxVersion: 'TLSv1.2' });
  await using http = await originating(older.port, 'http', { roots });
  assert.equal((await call(http.port('out'))).status, 200);
  await using oldest = await origin(world.authority, [HOST], {
    minVersion: 'TLSv1.1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  });
  await using refused = await originating(oldest.port, 'http', { roots });
  assert.equal((await call(refused.port('out'))).status, 503);
});

/** What the server shows, what the policy says, and what is told in the log. */
const REFUSALS: readonly {
  readonly what: string;
  readonly names?: readonly string[];
  readonly tls?: (world: World) => object | Promise<object>;
  readonly agoMs?: number;
  readonly details: RegExp;
}[] = [
  {
    what: 'a certificate of another name',
    names: ['other.example'],
    details: /tls_error: the endpoint's certificate is for DNS:other\.example, not for db\.example/,
  },
  {
    what: 'a certificate of another authority',
    tls: async ({ certificates }) => ({ roots: [...(await certificates.otherAuthority()).roots] }),
    details: /tls_error: no root of BackendTLSPolicy\/shop\/db signed the endpoint's certificate/,
  },
  {
    what: 'a certificate that no root of the machine signed',
    tls: () => ({ roots: 'system' }),
    details:
      /tls_error: (no root of BackendTLSPolicy\/shop\/db signed|the roots of .* this machine has none)/,
  },
  {
    what: 'an expired certificate',
    agoMs: 100 * 24 * 3_600_000,
    details: /tls_error: the endpoint's certificate has expired/,
  },
  {
    what: 'a certificate without the alternative name that the policy asks for',
    tls: ({ authority }) => ({
      roots: [...authority.roots],
      subjectAltNames: [
        { kind: 'dns', value: 'other.example' },
        { kind: 'uri', value: 'spiffe://x/y' },
      ],
    }),
    details:
      /tls_error: the endpoint's certificate is for DNS:db\.example, not for other\.example, spiffe:\/\/x\/y/,
  },
  {
    what: 'nothing, where the policy can not be used',
    tls: ({ authority }) => ({ roots: [...authority.roots], invalid: 'ConfigMap shop/ca does not exist' }),
    details: /tls_error: BackendTLSPolicy\/shop\/db can not be used: ConfigMap shop\/ca does not exist/,
  },
];

for (const { what, names = [HOST], tls, agoMs = 0, details } of REFUSALS) {
  test(`refused, and never sent in plain text: ${what}`, async () => {
    await using world = await startWorld();
    const { now } = Date;
    Date.now = () => now() - agoMs;
    const starting = origin(world.authority, names);
    await using app = await starting.finally(() => {
      Date.now = now;
    });
    const policy = (await tls?.(world)) ?? { roots: [...world.authority.roots] };
    await using http = await originating(app.port, 'http', policy);
    const answer = await call(http.port('out'));
    assert.equal(answer.status, 503);
    assert.match(String((await http.nextLine()).response_code_details), details);
    await using tcp = await originating(app.port, 'tcp', policy);
    await assert.rejects(exchangeText(tcp.port('out'), 'secret'), { code: 'ECONNRESET' });
    const line = await tcp.nextLine();
    assert.equal(line.response_flags, 'UF');
    assert.match(String(line.response_code_details), details);
    assert.deepEqual(app.serverNames, []);
  });
}

test('a server that speaks no TLS gets no byte of the request', async () => {
  await using world = await startWorld();
  const heard: string[] = [];
  await using app = await startTcpOrigin((socket) => {
    socket.on('data', (data) => heard.push(data.toString('latin1')));
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
  });
  await using http = await originating(app.port, 'http', { roots: [...world.authority.roots] });
  assert.equal((await call(http.port('out'), { path: '/secret' })).status, 503);
  assert.ok(heard.every((text) => text.startsWith('\x16\x03') && !text.includes('secret')));
});

test("a client's own TLS is not put into TLS of ours, and an unusable policy lets it not through either", async () => {
  await using world = await startWorld();
  const { authority } = world;
  await using app = await startTlsOrigin(
    await serving(authority, [HOST]),
    (socket) => void socket.end('hello'),
  );
  for (const protocol of ['tls', 'detect']) {
    for (const invalid of [undefined, 'ConfigMap shop/ca does not exist']) {
      const tls = { roots: [...authority.roots], ...(invalid !== undefined && { invalid }) };
      await using sidecar = await originating(app.port, protocol, tls);
      const socket = connect({
        host: '127.0.0.1',
        port: sidecar.port('out'),
        ca: authority.roots.join(''),
        servername: HOST,
      });
      const heard = once(socket, 'data').then(([data]) => String(data));
      if (invalid === undefined) assert.equal(await heard, 'hello', protocol);
      else await assert.rejects(heard, { code: 'ECONNRESET' }, protocol);
    }
  }
});

test('one of the alternative names is enough, a URI among them; the host name is for SNI alone then', async () => {
  await using world = await startWorld();
  const { certificates, authority } = world;
  const leaf = await certificates.issue('db', { authority });
  const [key, cert] = [await readFile(leaf.keyFile, 'utf8'), await readFile(leaf.certificateFile, 'utf8')];
  await using app = await startTlsOrigin({ key, cert }, (socket) => void socket.end('hello'));
  await using tcp = await originating(app.port, 'tcp', {
    roots: [...authority.roots],
    subjectAltNames: [
      { kind: 'dns', value: 'nobody.example' },
      { kind: 'uri', value: leaf.uri },
    ],
  });
  assert.equal(await exchangeText(tcp.port('out'), ''), 'hello');
  assert.deepEqual(app.serverNames, [HOST]);
});
