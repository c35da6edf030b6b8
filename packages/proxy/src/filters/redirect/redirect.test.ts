import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestFromWords } from '../../router/request-from-words.ts';
import { type RedirectFilter, type RedirectOrigin, redirectLocation } from './redirect.ts';

const GATEWAY: RedirectOrigin = { scheme: 'http', port: 8080 };
const MESH: RedirectOrigin = { scheme: 'http', port: undefined };

function location(
  filter: Partial<RedirectFilter>,
  origin: RedirectOrigin,
  url: string,
  prefix = '/',
): string {
  const written = requestFromWords('GET', url, []);
  const view = 'view' in written ? written.view : assert.fail(written.refusal);
  return redirectLocation({ kind: 'redirect', status: 302, ...filter }, origin, view, prefix);
}

const CASES: readonly (readonly [
  why: string,
  filter: Partial<RedirectFilter>,
  origin: RedirectOrigin,
  url: string,
  location: string,
])[] = [
  ["the listener's port stays", { hostname: 'b.org' }, GATEWAY, 'http://a.org/x', 'http://b.org:8080/x'],
  [
    'a well-known listener port is left out',
    { hostname: 'b.org' },
    { scheme: 'http', port: 80 },
    'http://a.org/x',
    'http://b.org/x',
  ],
  ['a scheme brings its own port', { scheme: 'https' }, GATEWAY, 'http://a.org:8080/x', 'https://a.org/x'],
  ['a port is written', { port: 8443, scheme: 'https' }, GATEWAY, 'http://a.org/x', 'https://a.org:8443/x'],
  [
    "the other scheme's port is written",
    { scheme: 'https', port: 80 },
    GATEWAY,
    'http://a.org/x',
    'https://a.org:80/x',
  ],
  [
    '443 is left out of https',
    { port: 443 },
    { scheme: 'https', port: 8443 },
    'http://a.org/x',
    'https://a.org/x',
  ],
  ["in the mesh the client's port stays", {}, MESH, 'http://127.0.0.1:40001/x', 'http://127.0.0.1:40001/x'],
  ['in the mesh a host without port stays so', { hostname: 'b' }, MESH, 'http://a/x', 'http://b/x'],
  ['the query stays', { path: { kind: 'full', value: '/y' } }, MESH, 'http://a/x?q=1', 'http://a/y?q=1'],
  ['an IPv6 host stays in brackets', { port: 1 }, MESH, 'http://[::1]/x', 'http://[::1]:1/x'],
];
for (const [why, filter, origin, url, expected] of CASES) {
  test(why, () => assert.equal(location(filter, origin, url), expected));
}

test('a prefix is replaced in the location', () => {
  const path = { kind: 'prefix', value: '/new' } as const;
  assert.equal(location({ path }, MESH, 'http://a/old/x?q', '/old'), 'http://a/new/x?q');
});
