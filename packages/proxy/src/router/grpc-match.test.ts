import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GrpcMatch, HttpMatch, HttpRule, ValueMatch } from '@weft/api/proxy-config/types';
import fc from 'fast-check';
import type { RequestView } from '../stack/request-view.ts';
import { compileRouter } from './http-router.ts';
import { requestFromWords } from './request-from-words.ts';
import { describeOutcome } from './route-trace.ts';

function rule(matches: readonly HttpMatch[], index = 0): HttpRule {
  return {
    ref: 'GRPCRoute/shop/carts',
    index,
    hostnames: [],
    matches,
    filters: [],
    backends: [],
    timeouts: {},
  };
}

function call(path: string, headers: Readonly<Record<string, string>> = {}): RequestView {
  const given = { 'content-type': 'application/grpc', ...headers };
  const written = requestFromWords('POST', `http://carts${path}`, Object.entries(given));
  return 'view' in written ? written.view : assert.fail(written.refusal);
}

const exact = (service?: string, method?: string): HttpMatch => ({
  grpc: { kind: 'exact', ...(service && { service }), ...(method && { method }) },
});
const regex = (service?: string, method?: string): HttpMatch => ({
  grpc: { kind: 'regex', ...(service && { service }), ...(method && { method }) },
});
const header = (name: string): ValueMatch => ({ name, kind: 'exact', value: '1' });
const matches = (match: HttpMatch, view: RequestView): boolean =>
  compileRouter([rule([match])]).match(view) !== undefined;

const ADD = call('/shop.Carts/Add', { x: '1', y: '1' });

const PRECEDENCE: readonly (readonly [why: string, winner: HttpMatch, loser: HttpMatch])[] = [
  ['service and method before the service', exact('shop.Carts', 'Add'), exact('shop.Carts')],
  [
    'the service before the method',
    exact('shop.Carts'),
    { ...exact(undefined, 'Add'), headers: [header('x')] },
  ],
  ['the service before a regex for services', exact('shop.Carts'), regex('shop[.].*|a-very-long-pattern')],
  ['a longer regex', regex('shop[.].*'), regex('.*')],
  ['a regex for services before a method', regex('shop[.].*'), exact(undefined, 'Add')],
  ['a method before any call', exact(undefined, 'Add'), { ...exact(), headers: [header('x')] }],
  [
    'more headers',
    { ...exact(), headers: [header('x'), header('y')] },
    { ...exact(), headers: [header('x')] },
  ],
  ['any gRPC call before plain HTTP', exact(), { path: { kind: 'exact', value: '/shop.Carts/Add' } }],
];
for (const [why, winner, loser] of PRECEDENCE) {
  test(`wins: ${why}`, () => {
    const [first, second] = [rule([winner], 0), rule([loser], 1)];
    assert.ok(matches(loser, ADD));
    assert.equal(compileRouter([first, second]).match(ADD)?.rule, first);
    assert.equal(compileRouter([second, first]).match(ADD)?.rule, first);
  });
}

test('only calls of gRPC and gRPC-Web are matched, whatever the path', () => {
  const path = '/shop.Carts/Add';
  for (const match of [exact('shop.Carts', 'Add'), exact('shop.Carts'), exact(), regex('.*', '.*')]) {
    const types = {
      'application/grpc': true,
      'application/grpc+proto': true,
      'application/grpc;charset=x': true,
      'application/grpc-web': true,
      'application/grpc-webx': false,
      'application/json': false,
    };
    for (const [type, isMatched] of Object.entries(types)) {
      assert.equal(matches(match, call(path, { 'content-type': type })), isMatched, type);
    }
  }
});

test('names are whole, and of the case that they are written in', () => {
  assert.equal(matches(exact('shop.Carts', 'Add'), call('/shop.Carts/AddAll')), false);
  assert.equal(matches(exact('shop.Carts'), call('/shop.CartsV2/Add')), false);
  assert.equal(matches(exact('shop.Carts'), call('/shop.carts/Add')), false);
  assert.equal(matches(exact(undefined, 'Add'), call('/a.B/Add')), true);
  assert.equal(matches(exact(undefined, 'Add'), call('/a.B/C/Add')), false);
  assert.equal(matches(regex('shop[.].*', 'A..'), call('/shop.Other/All')), true);
  assert.equal(matches(regex('Carts'), call('/shop.Carts/Add')), false);
  assert.equal(matches(regex('.*'), call('/only')), false);
});

test('a call that no rule names is not routed, and the trace says what it was compared with', () => {
  const router = compileRouter([rule([exact('shop.Carts', 'Add'), regex(undefined, 'List.*')])]);
  const { winner, routes } = router.explain(call('/shop.Carts/Remove'));
  assert.equal(winner, undefined);
  assert.deepEqual(routes.map(describeOutcome), [
    'grpc: expected method shop.Carts/Add, got shop.Carts/Remove',
    'grpc: expected regex */List.*, got shop.Carts/Remove',
  ]);
  const plain = router.explain(call('/shop.Carts/Add', { 'content-type': 'text/html' }));
  assert.equal(
    describeOutcome(plain.routes[0] ?? assert.fail()),
    'headers.content-type: expected application/grpc, got text/html',
  );
});

// --- the router against a naive one ------------------------------------------------------------------------

const names = { service: ['a.B', 'a.C', 'B'], method: ['Get', 'GetAll', 'B'] };
const grpcArb: fc.Arbitrary<GrpcMatch> = fc.oneof(
  fc.record(
    {
      kind: fc.constant('exact' as const),
      service: fc.constantFrom(...names.service),
      method: fc.constantFrom(...names.method),
    },
    { requiredKeys: ['kind'] },
  ),
  fc.record(
    {
      kind: fc.constant('regex' as const),
      service: fc.constantFrom('a[.].', '.*', 'B|a.B'),
      method: fc.constantFrom('Get.*', '.*', 'B'),
    },
    { requiredKeys: ['kind'] },
  ),
);
const matchArb: fc.Arbitrary<HttpMatch> = fc
  .tuple(grpcArb, fc.subarray(['x', 'y']))
  .map(([grpc, headers]) => ({ grpc, headers: headers.map(header) }));
const rulesArb = fc
  .array(fc.array(matchArb, { minLength: 1, maxLength: 3 }), { maxLength: 8 })
  .map((rules) => rules.map((each, index) => rule(each, index)));
const callArb = fc
  .tuple(
    fc.constantFrom(...names.service, 'other.S'),
    fc.constantFrom(...names.method, 'Other'),
    fc.subarray(['x', 'y']),
  )
  .map(([service, method, headers]) =>
    call(`/${service}/${method}`, Object.fromEntries(headers.map((name) => [name, '1']))),
  );

/** The text of GRPCRouteRule.matches with no thought of speed. */
function naiveMatch(rules: readonly HttpRule[], view: RequestView): string | undefined {
  const [, service = '', method = ''] = view.path.split('/');
  const found = rules.flatMap((rule, r) =>
    rule.matches.flatMap(({ grpc, headers = [] }, m) => {
      const holds = (pattern: string | undefined, name: string): boolean =>
        pattern === undefined ||
        (grpc?.kind === 'regex' ? new RegExp(`^(?:${pattern})$`).test(name) : pattern === name);
      if (!holds(grpc?.service, service) || !holds(grpc?.method, method)) return [];
      if (!headers.every(({ name }) => view.header(name) === '1')) return [];
      const weight = (pattern: string | undefined): number =>
        pattern === undefined ? 0 : pattern.length + (grpc?.kind === 'exact' ? 1000 : 0);
      return [
        { key: `${r}/${m}`, order: [weight(grpc?.service), weight(grpc?.method), headers.length, -r, -m] },
      ];
    }),
  );
  found.sort((a, b) => b.order.map((n, i) => n - (a.order[i] ?? 0)).find((d) => d !== 0) ?? 0);
  return found[0]?.key;
}

test('finds what a naive reading of GRPCRoute finds, and the trace tells the same', () => {
  fc.assert(
    fc.property(rulesArb, fc.array(callArb, { minLength: 1, maxLength: 8 }), (rules, calls) => {
      const router = compileRouter(rules);
      for (const view of calls) {
        const found = router.match(view);
        assert.equal(found && `${found.rule.index}/${found.matchIndex}`, naiveMatch(rules, view));
        assert.equal(router.explain(view).winner?.match, found?.match);
      }
    }),
    { numRuns: 500 },
  );
});
