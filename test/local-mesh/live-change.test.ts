// Saving a manifest while traffic runs: it takes effect in every proxy at once, and no request notices.

import assert from 'node:assert/strict';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Answer, call } from './call.ts';
import { type EndEcho, openConnection, openRequest } from './echo.ts';
import { eventually } from './eventually.ts';
import { assertNothingLost, Load } from './load.ts';
import { podNames, routeYaml, Shop, serverYaml } from './shop.ts';

/** A server on plain TCP: it sends back what it gets. */
const LINE = `import { createServer } from 'node:net';
createServer((socket) => socket.pipe(socket)).listen(Number(process.env.PORT), '127.0.0.1');
`;
const CLIENTS = 2;
const WEBS = 2;
/**
 * The aim is a second, and the test says what it took; what fails it is only what no busy machine explains: a change
 * that waits for a timer of ours or for the next connection.
 */
const LIMIT_MS = 10_000;

interface Change {
  readonly what: string;
  readonly file: string;
  readonly text: string;
  /** Who has to show it: the sidecars of clients for routes, those of servers for policies. */
  readonly at: 'clients' | 'servers';
  readonly path: string;
  readonly isSeen: (answer: Answer) => boolean;
}

const isAnsweredBy =
  (is: string) =>
  ({ body }: Answer): boolean =>
    body.includes(`"is":"${is}"`);

const weights = (web: number, canary: number, seen: string): Change => ({
  what: `weights ${web}:${canary}`,
  file: 'route.yaml',
  text: routeYaml(
    `[{ backendRefs: [{ name: web, port: 80, weight: ${web} }, { name: canary, port: 80, weight: ${canary} }] }]`,
  ),
  at: 'clients',
  path: '/',
  isSeen: isAnsweredBy(seen),
});

const header = (type: 'RequestHeaderModifier' | 'ResponseHeaderModifier', value: string): Change => ({
  what: `${type} ${value}`,
  file: 'route.yaml',
  text: routeYaml(`
    - filters:
        - type: ${type}
          ${type[0]?.toLowerCase()}${type.slice(1)}: { set: [{ name: x-change, value: ${value} }] }
      backendRefs: [{ name: web, port: 80 }]`),
  at: 'clients',
  path: '/',
  isSeen: ({ headers, body }) => headers['x-change'] === value || body.includes(`"x-change":"${value}"`),
});

const timeout = (limit: string, status: number): Change => ({
  what: `timeout ${limit} for /slow`,
  file: 'route.yaml',
  text: routeYaml(`
    - matches: [{ path: { type: PathPrefix, value: /slow } }]
      timeouts: { request: ${limit} }
      backendRefs: [{ name: web, port: 80 }]
    - backendRefs: [{ name: web, port: 80 }]`),
  at: 'clients',
  path: '/slow',
  isSeen: (answer) => answer.status === status,
});

const denied = (path: string): Change => ({
  what: `DENY ${path}`,
  file: 'policy.yaml',
  text: `apiVersion: weft.dev/v1alpha1
kind: AuthorizationPolicy
metadata: { name: closed, namespace: shop }
spec:
  targetRefs: [{ group: "", kind: Service, name: web }]
  action: DENY
  rules: [{ to: [{ paths: ["${path}"] }] }]
`,
  at: 'servers',
  path,
  isSeen: ({ status, flag }) => status === 403 && flag === 'UAEX',
});

const CHANGES: readonly Change[] = [
  weights(0, 1, 'canary'),
  weights(1, 0, 'web'),
  header('ResponseHeaderModifier', 'one'),
  header('RequestHeaderModifier', 'two'),
  denied('/secret'),
  timeout('10ms', 504),
  { ...denied('/private'), what: 'DENY moves' },
  timeout('5s', 200),
  {
    ...denied('/nothing'),
    what: 'DENY is taken away',
    path: '/private',
    isSeen: ({ status }) => status === 200,
  },
  header('ResponseHeaderModifier', 'three'),
  weights(0, 1, 'canary'),
  header('RequestHeaderModifier', 'four'),
];

test('every saved change is soon in every proxy, with no failed request and no lost connection', async (t) => {
  await using shop = await Shop.start({
    clients: CLIENTS,
    webs: WEBS,
    files: {
      'canary.yaml': serverYaml({ name: 'canary' }),
      'line.mjs': LINE,
      'line.yaml': serverYaml({ name: 'line' }).replace('server.mjs', 'line.mjs').replaceAll('http', 'tcp'),
    },
    pods: ['canary-0', 'line-0'],
  });
  const clients = await Promise.all(podNames('client', CLIENTS).map((pod) => shop.outbound(pod, 'web:80')));
  const servers = await Promise.all(podNames('web', WEBS).map((pod) => shop.inbound(pod)));
  await using stack = new AsyncDisposableStack();
  const loads = clients.map((port) => stack.use(new Load({ port })));
  const endRequest = await openRequest(clients[0] as number);
  const line = await shop.outbound('client-0', 'line:80');
  let endConnection: EndEcho | undefined;
  // The harness waits for the Pod; its endpoint is at the client's sidecar a moment later.
  await eventually('the line answers', async () => {
    endConnection = await openConnection(line).catch(() => undefined);
    return endConnection !== undefined;
  });
  const took: number[] = [];
  for (const [index, { what, file, text, at, path, isSeen }] of CHANGES.entries()) {
    // Editors do the one or the other.
    if (index % 2 === 0) shop.folder.write(file, text);
    else replaceFile(join(shop.folder.path, file), text);
    const times = await Promise.all(
      (at === 'clients' ? clients : servers).map((port) =>
        eventually(what, async () => isSeen(await call(port, path))),
      ),
    );
    took.push(Math.max(...times));
    t.diagnostic(`${what}: ${Math.max(...times).toFixed(0)} ms`);
  }
  assert.equal(await endRequest('after all changes'), 'after all changes');
  assert.equal(await endConnection?.('after all changes'), 'after all changes');
  for (const load of loads) await assertNothingLost(t, load);
  const slowest = Math.max(...took);
  t.diagnostic(`the slowest took ${slowest.toFixed(0)} ms; a second is the aim`);
  assert.ok(slowest < LIMIT_MS, `the slowest took ${slowest.toFixed(0)} ms`);
});

/** As editors save that never leave half a file. */
function replaceFile(path: string, text: string): void {
  writeFileSync(`${path}~`, text);
  renameSync(`${path}~`, path);
}
