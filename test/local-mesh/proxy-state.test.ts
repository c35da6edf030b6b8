// What the control plane says of a proxy: whether it has all of its configuration, and a configuration that can be
// saved and run without a control plane.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { StaticConfig } from '@weft/api/proxy-config/types';
import { PortAllocator } from '@weft/cli/local/port-allocator';
import { parse, stringify } from 'yaml';
import { type Answer, call } from './call.ts';
import { eventually } from './eventually.ts';
import { routeYaml, Shop } from './shop.ts';
import { weftCommand } from './weft.ts';

const ROUTE = routeYaml(`
    - filters:
        - type: ResponseHeaderModifier
          responseHeaderModifier: { set: [{ name: x-route, value: "1" }] }
        - type: RequestHeaderModifier
          requestHeaderModifier: { set: [{ name: x-from-route, value: "1" }] }
      backendRefs: [{ name: web, port: 80 }]`);

const POLICY = `apiVersion: weft.dev/v1alpha1
kind: AuthorizationPolicy
metadata: { name: closed, namespace: shop }
spec:
  targetRefs: [{ group: "", kind: Service, name: web }]
  action: DENY
  rules: [{ to: [{ paths: [/secret] }] }]
`;

test('weft proxy-status shows every proxy synced, with its certificate', async () => {
  await using shop = await Shop.start({ webs: 2 });
  assert.equal((await call(await shop.outbound('client-0', 'web:80'), '/')).status, 200);
  await eventually('all synced', async () => (await shop.up.api.proxies()).every(({ synced }) => synced));
  const { stdout, code } = await shop.weft('proxy-status');
  assert.equal(code, 0);
  for (const [pod, account] of [
    ['client-0', 'client'],
    ['web-0', 'web'],
    ['web-1', 'web'],
  ]) {
    const line = new RegExp(
      `^shop/${pod} +synced +(\\d+)/\\1 .* spiffe://cluster\\.local/ns/shop/sa/${account} for `,
      'm',
    );
    assert.match(stdout, line);
  }
});

test('a saved proxy-config runs in static mode and serves the same', async (t) => {
  await using shop = await Shop.start({ files: { 'route.yaml': ROUTE, 'policy.yaml': POLICY } });
  const outbound = await shop.outbound('client-0', 'web:80');
  const inbound = await shop.inbound('web-0');
  await eventually('the route', async () => (await call(outbound, '/')).headers['x-route'] === '1');
  await eventually('the policy', async () => (await call(inbound, '/secret')).status === 403);

  await t.test('the client', async () => {
    const identity = await identityFiles(shop, 'client-0');
    await using copy = await StaticProxy.start(shop, 'client-0', (config) => ({ ...config, identity }));
    const port = copy.port((listener) => listener.outbound === 'shop/web:80');
    for (const path of ['/', '/a?b=c', '/secret']) {
      assert.deepEqual(comparable(await call(port, path)), comparable(await call(outbound, path)));
    }
  });
  await t.test('the server', async () => {
    await using copy = await StaticProxy.start(shop, 'web-0', (config) => config);
    const port = copy.port((listener) => listener.inbound === 8080);
    for (const path of ['/', '/secret']) {
      assert.deepEqual(comparable(await call(port, path)), comparable(await call(inbound, path)));
    }
  });
});

/** The key and certificate that a sidecar keeps for its own restart, as the files of static mode. */
async function identityFiles(shop: Shop, pod: string): Promise<NonNullable<StaticConfig['identity']>> {
  const { cacheDir = '' } = await shop.bootstrap(pod);
  const { privateKey, chain, roots } = JSON.parse(
    await readFile(join(cacheDir, 'identity.json'), 'utf8'),
  ) as {
    readonly privateKey: string;
    readonly chain: string;
    readonly roots: readonly string[];
  };
  const file = (name: string): string => join(shop.folder.path, name);
  await writeFile(file('key.pem'), privateKey, { mode: 0o600 });
  await writeFile(file('chain.pem'), chain);
  await writeFile(file('roots.pem'), roots.join(''));
  return { keyFile: file('key.pem'), certificateFile: file('chain.pem'), rootsFile: file('roots.pem') };
}

/** An answer without what differs from request to request and from port to port. */
function comparable({ status, body, headers, flag }: Answer): unknown {
  const seen = status === 200 ? (JSON.parse(body) as { is: string; headers: Record<string, unknown> }) : body;
  if (typeof seen !== 'string') {
    for (const name of ['host', 'x-request-id', 'traceparent']) delete seen.headers[name];
  }
  return { status, flag, seen, route: headers['x-route'] };
}

/** `weft proxy --config FILE` from `weft proxy-config POD -o yaml`, on ports of its own. */
class StaticProxy implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #config: StaticConfig;

  static async start(
    shop: Shop,
    pod: string,
    complete: (config: StaticConfig) => StaticConfig,
  ): Promise<StaticProxy> {
    const saved = await shop.weft('proxy-config', pod, '-o', 'yaml');
    assert.equal(saved.code, 0, saved.stderr);
    const ports = new PortAllocator();
    const config = complete(parse(saved.stdout) as StaticConfig);
    const listeners = [];
    for (const listener of config.listeners) listeners.push({ ...listener, port: await ports.allocate() });
    const file = join(shop.folder.path, `${pod}.static`);
    await writeFile(file, stringify({ ...config, listeners }));
    const [program, ...args] = weftCommand('proxy', '--config', file);
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    const proxy = new StaticProxy(child, { ...config, listeners });
    const [first] = listeners;
    await eventually('static mode serves', async () => {
      assert.equal(child.exitCode, null);
      return (await call(first?.port ?? 0, '/')).status > 0;
    });
    return proxy;
  }

  private constructor(child: ChildProcess, config: StaticConfig) {
    this.#child = child;
    this.#config = config;
  }

  port(isWanted: (listener: StaticConfig['listeners'][number]) => boolean): number {
    const found = this.#config.listeners.find(isWanted);
    assert.ok(found, 'the listener was saved');
    return found.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null]);
  }
}
