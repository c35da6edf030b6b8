// Authorization by who calls and what for, through two real sidecars.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CallOptions, call, exchangeText, startOrigin, startTcpOrigin } from '../proxy/http.ts';
import { type Leaf, TestCertificates } from './certificates.ts';
import { type Pair, startPair } from './pair.ts';

const WEB = 'spiffe://mesh.test/ns/shop/sa/web';

interface Policy {
  readonly action?: string;
  readonly rules?: readonly object[];
  readonly invalid?: string;
}

/** Pairs of callers `shop/web` and `other/spy` with the same server. */
class Callers implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();
  readonly #certificates: TestCertificates;
  readonly #appPort: number;

  private constructor(certificates: TestCertificates, appPort: number) {
    this.#certificates = this.#stack.use(certificates);
    this.#appPort = appPort;
  }

  static async create(appPort: number): Promise<Callers> {
    return new Callers(await TestCertificates.create(), appPort);
  }

  async pair(account: string, policies: readonly Policy[], protocol = 'http'): Promise<Pair> {
    const authorization = policies.map((policy, i) => ({
      ref: `AuthorizationPolicy/shop/${i}`,
      action: 'ALLOW',
      ...policy,
    }));
    const client: Leaf = await this.#certificates.issue(account);
    const server = await this.#certificates.issue('app');
    const pair = await startPair({
      client,
      server,
      appPort: this.#appPort,
      protocol,
      inbound: { authorization },
    });
    return this.#stack.use(pair);
  }

  /** Status for a caller under these policies. */
  async status(account: string, policies: readonly Policy[], options: CallOptions = {}): Promise<number> {
    const { port } = await this.pair(account, policies);
    return (await call(port, options)).status;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

test('HTTP is allowed and denied by identity, namespace, address, method, path, header and port', async () => {
  await using app = await startOrigin('app');
  await using callers = await Callers.create(app.port);
  const source = (from: object): Policy => ({ rules: [{ from: [from] }] });
  const operation = (to: object): Policy => ({ rules: [{ to: [to] }] });
  const when = (condition: object): Policy => ({ rules: [{ when: [condition] }] });
  const cases: readonly (readonly [Policy, string, CallOptions, number])[] = [
    [source({ identities: [WEB] }), 'web', {}, 200],
    [source({ identities: [WEB] }), 'other/spy', {}, 403],
    [source({ identities: ['*/sa/web'] }), 'web', {}, 200],
    [source({ namespaces: ['shop'] }), 'web', {}, 200],
    [source({ namespaces: ['shop'] }), 'other/spy', {}, 403],
    [source({ notNamespaces: ['other'] }), 'other/spy', {}, 403],
    [source({ addresses: ['127.0.0.0/8'] }), 'web', {}, 200],
    [source({ addresses: ['10.0.0.0/8'] }), 'web', {}, 403],
    [operation({ methods: ['GET'] }), 'web', {}, 200],
    [operation({ methods: ['GET'] }), 'web', { method: 'POST' }, 403],
    [operation({ paths: ['/api/*'] }), 'web', { path: '/api/x' }, 200],
    [operation({ paths: ['/api/*'] }), 'web', { path: '/api/../x' }, 403],
    [operation({ paths: ['/u/{*}/x'] }), 'web', { path: '/u/1/x' }, 200],
    [operation({ ports: [8080] }), 'web', {}, 200],
    [operation({ ports: [9090] }), 'web', {}, 403],
    [operation({ hosts: ['app.shop'] }), 'web', { headers: { host: 'App.shop:80' } }, 200],
    [operation({ hosts: ['app.shop'] }), 'web', { headers: { host: 'app' } }, 403],
    [when({ header: 'x-role', values: ['admin'] }), 'web', { headers: { 'X-Role': 'admin' } }, 200],
    [when({ header: 'x-role', values: ['admin'] }), 'web', {}, 403],
    [{ action: 'DENY', ...source({ identities: [WEB] }) }, 'web', {}, 403],
    [{ action: 'DENY', ...source({ identities: [WEB] }) }, 'other/spy', {}, 200],
    [{ action: 'AUDIT', ...source({ identities: [WEB] }) }, 'web', {}, 200],
    [{ action: 'DENY' }, 'web', {}, 200],
    [{ action: 'ALLOW' }, 'web', {}, 403],
    [{ action: 'DENY', invalid: 'cannot be read' }, 'web', {}, 403],
    [{ action: 'AUDIT', invalid: 'cannot be read' }, 'web', {}, 403],
  ];
  for (const [policy, account, options, expected] of cases) {
    const status = await callers.status(account, [policy], options);
    assert.equal(status, expected, JSON.stringify([policy, account, options]));
  }
  const isBoth = [source({ identities: [WEB] }), { action: 'DENY', ...operation({ paths: ['/x'] }) }];
  assert.equal(await callers.status('web', isBoth, { path: '/x' }), 403, 'DENY wins');
  assert.equal(await callers.status('web', isBoth, { path: '/y' }), 200);
});

test('a caller in plain text has no identity that a policy could allow', async () => {
  await using app = await startOrigin('app');
  await using callers = await Callers.create(app.port);
  const { server } = await callers.pair('web', [{ rules: [{ from: [{ identities: ['*'] }] }] }]);
  const forged = { 'x-forwarded-client-cert': `URI=${WEB}` };
  assert.equal((await call(server.port('in'), { headers: forged })).status, 403);
  assert.equal(app.received.length, 0);
});

test('what an AUDIT policy matches is counted for each rule, and told in the log', async () => {
  await using app = await startOrigin('app');
  await using callers = await Callers.create(app.port);
  const { port, server } = await callers.pair('web', [
    { action: 'AUDIT', rules: [{ to: [{ paths: ['/x'] }] }] },
  ]);
  await call(port, { path: '/x' });
  await call(port, { path: '/x' });
  await call(port, { path: '/y' });
  const labels = { policy: 'AuthorizationPolicy/shop/0', rule: '0' };
  assert.equal(server.metric('weft_authorization_audited_total', labels), 2);
  const told = server.log.filter(({ message }) => message === 'an AUDIT policy matches');
  assert.equal(told.length, 1);
  assert.equal(told[0]?.policy, 'AuthorizationPolicy/shop/0');
  assert.equal(told[0]?.principal, WEB);
  assert.equal(told[0]?.path, '/x');
});

test('a refusal is logged with the policy and the caller', async () => {
  await using app = await startOrigin('app');
  await using callers = await Callers.create(app.port);
  const { port, server } = await callers.pair('web', [{ rules: [{ to: [{ methods: ['POST'] }] }] }]);
  await call(port);
  const line = server.accessLog[0];
  assert.equal(line?.response_flags, 'UAEX');
  assert.equal(line?.response_code_details, 'rbac_access_denied[AuthorizationPolicy/shop/0]');
  assert.equal(line?.downstream_principal, WEB);
});

test('TCP is allowed and denied once for a connection, by who calls and the port', async () => {
  await using app = await startTcpOrigin((socket) => socket.pipe(socket));
  await using callers = await Callers.create(app.port);
  const cases: readonly (readonly [Policy, string, boolean])[] = [
    [{ rules: [{ from: [{ identities: [WEB] }] }] }, 'web', true],
    [{ rules: [{ from: [{ identities: [WEB] }] }] }, 'other/spy', false],
    [{ rules: [{ to: [{ ports: [8080] }] }] }, 'web', true],
    // What only HTTP has: an ALLOW rule can not hold, a DENY rule does.
    [{ rules: [{ to: [{ paths: ['/x'] }] }] }, 'web', false],
    [{ action: 'DENY', rules: [{ to: [{ paths: ['/x'] }] }] }, 'web', false],
    [{ action: 'AUDIT', rules: [{}] }, 'web', true],
    [{ invalid: 'cannot be read' }, 'web', false],
  ];
  for (const [policy, account, isAllowed] of cases) {
    const { port, server } = await callers.pair(account, [policy], 'tcp');
    const answer = await exchangeText(port, 'hello').catch(() => '');
    assert.equal(answer, isAllowed ? 'hello' : '', JSON.stringify([policy, account]));
    if (isAllowed) continue;
    assert.equal(server.metric('weft_inbound_connections_refused_total', { reason: 'denied' }), 1);
    assert.equal(server.metric('istio_tcp_connections_closed_total', { response_flags: 'UAEX' }), 1);
    const line = server.accessLog[0];
    assert.equal(line?.response_flags, 'UAEX');
    assert.equal(line?.response_code_details, 'rbac_access_denied[AuthorizationPolicy/shop/0]');
    assert.match(String(line?.downstream_principal), /^spiffe:/);
  }
});

test('a TCP application is not even dialled for a caller that is denied', async () => {
  await using app = await startTcpOrigin((socket) => socket.end('220 secret\r\n'));
  await using callers = await Callers.create(app.port);
  const policy = { rules: [{ from: [{ identities: [WEB] }] }] };
  const { server } = await callers.pair('web', [policy], 'tcp');
  assert.equal(await exchangeText(server.port('in'), '').catch(() => ''), '');
  assert.equal(app.connections, 0);
});
