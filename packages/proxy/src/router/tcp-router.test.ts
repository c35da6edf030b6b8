import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TcpRule } from '@weft/api/proxy-config/types';
import { compileTcpRouter } from './tcp-router.ts';

function rule(index: number, hostnames: readonly string[], weights: readonly number[] = [1]): TcpRule {
  return {
    ref: 'TLSRoute/shop/edge',
    index,
    hostnames,
    backends: weights.map((weight, i) => ({ cluster: `shop/b${i}:443`, weight, filters: [] })),
  };
}

const RULES = [
  rule(0, []),
  rule(1, ['*.example.com']),
  rule(2, ['*.api.example.com', 'www.example.com']),
  rule(3, ['api.example.com']),
];

const indexFor = (serverName: string | undefined, rules: readonly TcpRule[] = RULES) =>
  compileTcpRouter(rules).choose(serverName, 0)?.rule.index;

test('the exact name goes before the longest wildcard, that before shorter ones, and rules without names are last', () => {
  assert.equal(indexFor('api.example.com'), 3);
  assert.equal(indexFor('www.example.com'), 2);
  assert.equal(indexFor('v1.api.example.com'), 2);
  assert.equal(indexFor('a.b.api.example.com'), 2);
  assert.equal(indexFor('other.example.com'), 1);
  assert.equal(indexFor('a.b.example.com'), 1);
  assert.equal(indexFor('elsewhere.test'), 0);
});

test('a wildcard stands for one label or more, never for none', () => {
  const only = [rule(1, ['*.example.com'])];
  assert.equal(indexFor('example.com', only), undefined);
  assert.equal(indexFor('badexample.com', only), undefined);
  assert.equal(indexFor('.example.com', only), undefined);
  assert.equal(indexFor('a.example.com', only), 1);
});

test('without a server name only rules without hostnames fit', () => {
  assert.equal(indexFor(undefined), 0);
  assert.equal(indexFor(undefined, RULES.slice(1)), undefined);
  assert.equal(indexFor('elsewhere.test', RULES.slice(1)), undefined);
});

test('no rules at all: nothing is chosen', () => {
  const router = compileTcpRouter([]);
  assert.equal(router.choose('a.test', 0), undefined);
  assert.equal(router.choose(undefined, 0), undefined);
  assert.equal(router.hasHostnames, false);
});

test('of two rules for one hostname the earlier one counts', () => {
  assert.equal(indexFor('a.test', [rule(0, ['a.test']), rule(1, ['a.test'])]), 0);
  assert.equal(indexFor('a.test', [rule(0, []), rule(1, [])]), 0);
});

test('backends are chosen by weight, none where none has a weight', () => {
  const router = compileTcpRouter([rule(0, [], [1, 0, 3]), rule(1, ['none.test'], [0])]);
  const chosen = [0, 0.24, 0.25, 0.99].map((random) => router.choose(undefined, random)?.backend?.cluster);
  assert.deepEqual(chosen, ['shop/b0:443', 'shop/b0:443', 'shop/b2:443', 'shop/b2:443']);
  const none = router.choose('none.test', 0.5);
  assert.equal(none?.rule.index, 1);
  assert.equal(none?.backend, undefined);
});

test('hostnames are known to be asked for as soon as one rule has one', () => {
  assert.equal(compileTcpRouter(RULES).hasHostnames, true);
  assert.equal(compileTcpRouter(RULES.slice(0, 1)).hasHostnames, false);
});

test('the trace names the rule that is chosen, and why each other was not', () => {
  const { winner, others } = compileTcpRouter(RULES).explain('www.example.com');
  assert.equal(winner?.index, 2);
  assert.deepEqual(
    others.map(({ rule, why }) => [rule.index, why]),
    [
      [0, 'matches too, but is less specific: www.example.com goes before any server name'],
      [1, 'matches too, but is less specific: www.example.com goes before *.example.com'],
      [3, 'server name: expected api.example.com, got www.example.com'],
    ],
  );
  const nameless = compileTcpRouter([rule(0, ['a.test']), rule(1, []), rule(2, [])]).explain(undefined);
  assert.equal(nameless.winner?.index, 1);
  assert.deepEqual(
    nameless.others.map(({ rule, why }) => [rule.index, why]),
    [
      [0, 'server name: expected a.test, got none'],
      [2, 'matches too, but the winner comes first'],
    ],
  );
  assert.equal(compileTcpRouter([rule(0, ['a.test'])]).explain('b.test').winner, undefined);
});

test('choice and trace agree on every name and every set of rules', () => {
  const names = ['a', 'b.a', 'c.b.a', 'x.c.b.a', 'b', undefined];
  const hostnames = [[], ['a'], ['*.a'], ['b.a', '*.b.a'], ['*.b.a'], ['c.b.a']];
  for (let mask = 0; mask < 2 ** hostnames.length; mask++) {
    const rules = hostnames.filter((_, i) => mask & (1 << i)).map((names, i) => rule(i, names));
    for (const order of [rules, rules.toReversed()]) {
      const router = compileTcpRouter(order);
      for (const name of names) {
        const { winner, others } = router.explain(name);
        assert.equal(winner, router.choose(name, 0)?.rule);
        assert.equal(others.length, order.length - (winner === undefined ? 0 : 1));
      }
    }
  }
});
