import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpMatch, HttpRule, ValueMatch } from '@weft/api/proxy-config/types';
import fc from 'fast-check';
import type { RequestView } from '../stack/request-view.ts';
import { coversHost, hostnameOf } from './hostname.ts';
import { compileRouter } from './http-router.ts';
import { requestFromWords } from './request-from-words.ts';
import { describeOutcome } from './route-trace.ts';

function rule(matches: readonly HttpMatch[], index = 0, hostnames: readonly string[] = []): HttpRule {
  return { ref: 'HTTPRoute/shop/web', index, hostnames, matches, filters: [], backends: [], timeouts: {} };
}

function request(method: string, url: string, headers: Readonly<Record<string, string>> = {}): RequestView {
  const written = requestFromWords(method, url, Object.entries(headers));
  return 'view' in written ? written.view : assert.fail(written.refusal);
}

const path = (kind: 'exact' | 'prefix' | 'regex', value: string): HttpMatch => ({ path: { kind, value } });
const header = (name: string): ValueMatch => ({ name, kind: 'exact', value: '1' });
const GET = request('GET', 'http://a.example.com/shop/cart/1?q=1&r=1', { x: '1', y: '1' });

/** Gateway API's order: of two matches that hold, the first is the one that wins, whatever stands first. */
const PRECEDENCE: readonly (readonly [why: string, winner: HttpRule, loser: HttpRule])[] = [
  [
    'an exact path before a prefix',
    rule([path('exact', '/shop/cart/1')]),
    rule([path('prefix', '/shop/cart/1')]),
  ],
  [
    'an exact path before a regex',
    rule([path('exact', '/shop/cart/1')]),
    rule([path('regex', '/shop/cart/[0-9]+.*')]),
  ],
  ['a regex before a longer prefix', rule([path('regex', '/.*')]), rule([path('prefix', '/shop/cart')])],
  ['a longer regex', rule([path('regex', '/shop/.*')]), rule([path('regex', '/.*')])],
  ['a longer prefix', rule([path('prefix', '/shop/cart')]), rule([path('prefix', '/shop')])],
  ['any prefix before none', rule([path('prefix', '/shop')]), rule([])],
  ['a method', rule([{ method: 'GET' }]), rule([{ headers: [header('x'), header('y')] }])],
  [
    'more headers',
    rule([{ headers: [header('x'), header('y')] }]),
    rule([{ headers: [header('x')], query: [{ ...header('q') }, header('r')] }]),
  ],
  ['more query parameters', rule([{ query: [header('q'), header('r')] }]), rule([{ query: [header('q')] }])],
  ['a prefix before a method', rule([path('prefix', '/shop')]), rule([{ method: 'GET' }])],
  [
    'an exact host before all paths',
    rule([], 0, ['a.example.com']),
    rule([path('exact', '/shop/cart/1')], 0, ['*.example.com']),
  ],
  ['a longer wildcard', rule([], 0, ['*.example.com']), rule([path('exact', '/shop/cart/1')], 0, ['*.com'])],
  ['any host before none', rule([], 0, ['*.com']), rule([path('exact', '/shop/cart/1')])],
];
for (const [why, winner, loser] of PRECEDENCE) {
  test(`wins: ${why}`, () => {
    assert.equal(compileRouter([winner, loser]).match(GET)?.rule, winner);
    assert.equal(compileRouter([loser, winner]).match(GET)?.rule, winner);
  });
}

test('of equal matches the first rule wins, and in a rule the first match', () => {
  const first = rule([{ method: 'GET' }, { method: 'GET' }]);
  const found = compileRouter([first, rule([{ method: 'GET' }])]).match(GET);
  assert.equal(found?.rule, first);
  assert.equal(found.matchIndex, 0);
});

test('of two conditions on one header the first alone counts', () => {
  const twice = rule([{ headers: [header('x'), { ...header('x'), value: '2' }] }]);
  const once = rule([{ headers: [header('x')] }]);
  assert.equal(compileRouter([once, twice]).match(GET)?.rule, once);
  assert.equal(compileRouter([twice]).match(GET)?.rule, twice);
});

test('a request that an exact host has no match for goes on to the wildcard', () => {
  const wildcard = rule([], 0, ['*.example.com']);
  const router = compileRouter([rule([path('exact', '/other')], 0, ['a.example.com']), wildcard]);
  assert.equal(router.match(GET)?.rule, wildcard);
});

test('a prefix covers whole elements, and its trailing slash says nothing', () => {
  const router = compileRouter([rule([path('prefix', '/shop/')])]);
  const matches = (url: string) => router.match(request('GET', url)) !== undefined;
  assert.deepEqual(['/shop', '/shop/', '/shop/x', '/shopping', '/'].map(matches), [
    true,
    true,
    true,
    false,
    false,
  ]);
});

test('the match says which prefix it was, for filters that replace it', () => {
  const router = compileRouter([
    rule([path('prefix', '/shop'), path('exact', '/x'), path('regex', '/y.*')]),
    rule([]),
  ]);
  const prefix = (url: string) => router.match(request('GET', url))?.prefix;
  assert.deepEqual(['/shop/1', '/x', '/y1', '/z'].map(prefix), ['/shop', undefined, undefined, '/']);
});

test('OPTIONS * reaches rules that take everything', () => {
  const everything = rule([]);
  const router = compileRouter([rule([path('prefix', '/shop')]), everything]);
  assert.equal(router.match(request('OPTIONS', '*'))?.rule, everything);
});

test('the same match is the same object at every request', () => {
  const router = compileRouter([rule([path('prefix', '/shop')])]);
  assert.equal(router.match(GET), router.match(GET));
});

test('header and query values match exactly, by regex or by being there', () => {
  const kinds: readonly ValueMatch[] = [
    { name: 'x', kind: 'exact', value: '1' },
    { name: 'x', kind: 'regex', value: '[0-9]' },
    { name: 'x', kind: 'present', value: '' },
  ];
  const values = ['1', '2', 'a', undefined];
  const table = kinds.map((kind) =>
    values.map((value) => {
      const inHeader = request('GET', '/', value === undefined ? {} : { X: value });
      const inQuery = request('GET', value === undefined ? '/' : `/?x=${value}`);
      const byHeader = compileRouter([rule([{ headers: [kind] }])]).match(inHeader) !== undefined;
      const byQuery = compileRouter([rule([{ query: [kind] }])]).match(inQuery) !== undefined;
      assert.equal(byHeader, byQuery);
      return byHeader;
    }),
  );
  assert.deepEqual(table, [
    [true, false, false, false],
    [true, true, false, false],
    [true, true, true, false],
  ]);
});

test('the trace says of every match why it lost', () => {
  const router = compileRouter([
    rule([path('prefix', '/shop'), { method: 'POST' }]),
    rule([], 1),
    rule([{ headers: [header('z')] }], 2),
    rule([{ query: [{ name: 'q', kind: 'regex', value: '[a-z]' }] }], 3),
    rule([], 4, ['*.org', 'b.example.com']),
  ]);
  const lines = router
    .explain(GET)
    .routes.map((route) => `${route.route.rule.index}: ${describeOutcome(route)}`);
  assert.deepEqual(lines, [
    '4: hostnames: expected *.org or b.example.com, got a.example.com',
    '0: chosen',
    '0: method: expected POST, got GET',
    '2: headers.z: expected exactly 1, got absent',
    '3: query.q: expected regex [a-z], got 1',
    '1: matches too, but is less specific: prefix /shop is longer than /',
  ]);
});

test('the trace names each match once, however many hostnames its rule has', () => {
  const router = compileRouter([
    rule([{}, { method: 'GET' }], 0, ['*.com', 'a.example.com', '*.example.com']),
  ]);
  const { routes } = router.explain(GET);
  assert.deepEqual(
    routes.map(({ route, outcome }) => [route.matchIndex, outcome.kind]),
    [
      [1, 'chosen'],
      [0, 'less-specific'],
    ],
  );
});

// --- the router against a naive one ------------------------------------------------------------------------

const paths = ['/', '/a', '/a/', '/a/b', '/ab', '/a/b/c', '/c'];
const regexes = ['/a.*', '/a/.*', '/(a|c)', '.*b', '/a|/c', '/a/?'];
const valueArb = fc.array(
  fc.record({
    name: fc.constantFrom('x', 'y'),
    kind: fc.constantFrom('exact', 'present', 'regex'),
    value: fc.constantFrom('1', '2'),
  }),
  { maxLength: 2 },
);
const matchArb: fc.Arbitrary<HttpMatch> = fc.record(
  {
    path: fc.oneof(
      fc.record({ kind: fc.constantFrom('exact', 'prefix'), value: fc.constantFrom(...paths) }),
      fc.record({ kind: fc.constant('regex'), value: fc.constantFrom(...regexes) }),
    ),
    method: fc.constantFrom('GET', 'POST'),
    headers: valueArb,
    query: valueArb,
  },
  { requiredKeys: [] },
);
const hosts = ['a.example.com', 'b.example.com', 'example.com', 'example.org'];
const rulesArb = fc
  .array(
    fc.tuple(
      fc.array(matchArb, { maxLength: 3 }),
      fc.subarray(['a.example.com', '*.example.com', '*.com', 'example.org'], { maxLength: 2 }),
    ),
    { maxLength: 8 },
  )
  .map((rules) => rules.map(([matches, hostnames], index) => rule(matches, index, hostnames)));
const requestArb = fc
  .record({
    method: fc.constantFrom('GET', 'POST'),
    host: fc.constantFrom(...hosts),
    path: fc.constantFrom(...paths),
    x: fc.constantFrom(undefined, '1', '2'),
    y: fc.constantFrom(undefined, '1'),
  })
  .map(({ method, host, path, x, y }) => {
    const values = Object.entries({ x, y }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    );
    const query = values.map(([name, value]) => `${name}=${value}`).join('&');
    return request(method, `http://${host}:80${path}?${query}`, Object.fromEntries(values));
  });

/** Gateway API's text, word by word, with no thought of speed: the best of all matches that hold. */
function naiveMatch(rules: readonly HttpRule[], view: RequestView): string | undefined {
  const host = hostnameOf(view.authority);
  const found: { key: string; order: readonly number[] }[] = [];
  for (const [r, { hostnames, matches }] of rules.entries()) {
    for (const hostname of hostnames.length === 0 ? [''] : hostnames) {
      if (hostname !== '' && !coversHost(hostname, host)) continue;
      for (const [m, match] of (matches.length === 0 ? [{}] : matches).entries()) {
        if (!naiveHolds(match, view)) continue;
        const { kind, value } = match.path ?? { kind: 'prefix', value: '/' };
        const length = kind === 'prefix' ? value.replace(/\/$/, '').length : value.length;
        found.push({
          key: `${r}/${m}`,
          order: [
            hostname.startsWith('*') ? 1 : hostname === '' ? 0 : 2,
            hostname.length,
            ['prefix', 'regex', 'exact'].indexOf(kind),
            length,
            match.method === undefined ? 0 : 1,
            new Set(match.headers?.map(({ name }) => name)).size,
            new Set(match.query?.map(({ name }) => name)).size,
            -r,
            -m,
          ],
        });
      }
    }
  }
  found.sort((a, b) => b.order.map((n, i) => n - (a.order[i] ?? 0)).find((d) => d !== 0) ?? 0);
  return found[0]?.key;
}

function naiveHolds({ path, method, headers = [], query = [] }: HttpMatch, view: RequestView): boolean {
  const { kind, value } = path ?? { kind: 'prefix', value: '/' };
  const stem = value.replace(/\/$/, '');
  const isPath = {
    exact: view.path === value,
    prefix: view.path === stem || view.path.startsWith(`${stem}/`),
    regex: kind === 'regex' && new RegExp(`^(?:${value})$`).test(view.path),
  };
  const parameters = new URLSearchParams(view.query);
  return (
    isPath[kind] &&
    (method === undefined || method === view.method) &&
    naiveValues(headers, (name) => view.header(name)) &&
    naiveValues(query, (name) => parameters.get(name) ?? undefined)
  );
}

/** Of entries with one name the first counts. */
function naiveValues(entries: readonly ValueMatch[], read: (name: string) => string | undefined): boolean {
  const first = new Map(entries.toReversed().map((entry) => [entry.name, entry]));
  return [...first.values()].every(({ name, kind, value }) => {
    const actual = read(name);
    return actual !== undefined && (kind === 'present' || value === actual);
  });
}

test('finds what a naive reading of Gateway API finds, and the trace tells the same', () => {
  fc.assert(
    fc.property(rulesArb, fc.array(requestArb, { minLength: 1, maxLength: 8 }), (rules, requests) => {
      const router = compileRouter(rules);
      for (const view of requests) {
        const found = router.match(view);
        const key = found && `${found.rule.index}/${found.matchIndex}`;
        assert.equal(key, naiveMatch(rules, view));
        const trace = router.explain(view);
        assert.equal(trace.winner?.match, found?.match);
        const chosen = trace.routes
          .filter(({ outcome }) => outcome.kind === 'chosen')
          .map(({ route }) => route);
        assert.deepEqual(chosen, found === undefined ? [] : [found]);
        assert.equal(
          trace.routes.length,
          rules.reduce((sum, { matches }) => sum + Math.max(1, matches.length), 0),
        );
      }
    }),
    { numRuns: 500 },
  );
});
