import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  AuthorizationOperation,
  AuthorizationRule,
  AuthorizationRuleSet,
  AuthorizationSource,
  HeaderCondition,
} from '@weft/api/proxy-config/types';
import fc from 'fast-check';
import { requestFromWords } from '../../router/request-from-words.ts';
import type { PeerView, RequestView } from '../../stack/request-view.ts';
import { compileAuthorization } from './authorizer.ts';

const REVIEWS = 'spiffe://mesh/ns/shop/sa/reviews';
const BATCH = 'spiffe://mesh/ns/jobs/sa/batch';
const reviews: PeerView = { identity: REVIEWS, namespace: 'shop', address: '10.0.0.1' };
const batch: PeerView = { identity: BATCH, namespace: 'jobs', address: '10.1.0.1' };
const stranger: PeerView = { address: '192.0.2.1' };

function request(method: string, url: string, headers: Readonly<Record<string, string>> = {}): RequestView {
  const written = requestFromWords(method, `http://ratings:9080${url}`, Object.entries(headers));
  return 'view' in written ? written.view : assert.fail(written.refusal);
}

function rule(parts: Partial<AuthorizationRule>): AuthorizationRule {
  return { from: [], to: [], when: [], ...parts };
}

function policy(
  name: string,
  action: AuthorizationRuleSet['action'],
  rules: readonly AuthorizationRule[],
): AuthorizationRuleSet {
  return { ref: `AuthorizationPolicy/shop/${name}`, action, rules };
}

const GET = request('GET', '/ratings/1');
const fromReviews = rule({ from: [{ identities: [REVIEWS] }] });
const fromAnyone = rule({});

test('without a policy everything is allowed', () => {
  const authorizer = compileAuthorization([]);
  assert.ok(authorizer.isEmpty);
  assert.deepEqual(authorizer.decide(GET, stranger, 9080).allowed, true);
});

test('an ALLOW policy allows what one of its rules matches, and refuses the rest by name', () => {
  const authorizer = compileAuthorization([policy('only-reviews', 'ALLOW', [fromReviews])]);
  const allowed = authorizer.decide(GET, reviews, 9080);
  assert.deepEqual(
    [allowed.allowed, allowed.ref, allowed.rule],
    [true, 'AuthorizationPolicy/shop/only-reviews', 0],
  );
  const denied = authorizer.decide(GET, batch, 9080);
  assert.deepEqual(denied, {
    allowed: false,
    ref: 'AuthorizationPolicy/shop/only-reviews',
    rule: undefined,
    detail: 'rbac_access_denied[AuthorizationPolicy/shop/only-reviews]',
    reason: 'denied since no rule of AuthorizationPolicy/shop/only-reviews allows it',
    audits: [],
  });
});

test('a DENY rule refuses what an ALLOW rule allows, naming policy and rule', () => {
  const authorizer = compileAuthorization([
    policy('all', 'ALLOW', [fromAnyone]),
    policy('no-writes', 'DENY', [
      rule({ to: [{ methods: ['PUT'] }] }),
      rule({ to: [{ methods: ['DELETE'] }] }),
    ]),
  ]);
  assert.ok(authorizer.decide(GET, batch, 9080).allowed);
  const denied = authorizer.decide(request('DELETE', '/ratings/1'), reviews, 9080);
  assert.deepEqual(
    [denied.allowed, denied.ref, denied.rule],
    [false, 'AuthorizationPolicy/shop/no-writes', 1],
  );
  assert.equal(denied.detail, 'rbac_access_denied[AuthorizationPolicy/shop/no-writes]');
});

test('ALLOW without rules allows nothing, DENY without rules denies nothing', () => {
  assert.ok(!compileAuthorization([policy('none', 'ALLOW', [])]).decide(GET, reviews, 9080).allowed);
  assert.ok(compileAuthorization([policy('none', 'DENY', [])]).decide(GET, reviews, 9080).allowed);
});

test('where none of several ALLOW policies matches, the detail names them', () => {
  const sets = ['a', 'b', 'c', 'd', 'e'].map((name) => policy(name, 'ALLOW', [fromReviews]));
  const verdict = compileAuthorization(sets).decide(GET, batch, 9080);
  assert.equal(verdict.ref, undefined);
  assert.match(verdict.detail, /^rbac_access_denied\[AuthorizationPolicy\/shop\/a,.*shop\/c,\+2\]$/);
});

test('a policy that can not be read denies everything, whatever else allows it', () => {
  const broken = { ...policy('broken', 'ALLOW', []), invalid: 'rules[0].from: unknown field `who`' };
  const verdict = compileAuthorization([policy('all', 'ALLOW', [fromAnyone]), broken]).decide(
    GET,
    reviews,
    9080,
  );
  assert.deepEqual([verdict.allowed, verdict.ref], [false, broken.ref]);
  assert.match(verdict.reason, /unknown field `who`/);
});

test('AUDIT refuses nothing and is reported with whatever is decided', () => {
  const watch = policy('watch', 'AUDIT', [
    rule({ to: [{ methods: ['PUT'] }] }),
    rule({ to: [{ paths: ['/ratings/*'] }] }),
  ]);
  const allowed = compileAuthorization([watch]).decide(GET, stranger, 9080);
  assert.ok(allowed.allowed);
  assert.deepEqual(allowed.audits, [{ ref: watch.ref, rule: 1 }]);
  const denied = compileAuthorization([watch, policy('none', 'ALLOW', [])]).decide(GET, stranger, 9080);
  assert.ok(!denied.allowed);
  assert.deepEqual(denied.audits, [{ ref: watch.ref, rule: 1 }]);
});

test('an allowed request gets the same verdict object each time', () => {
  const authorizer = compileAuthorization([policy('only-reviews', 'ALLOW', [fromReviews])]);
  assert.equal(authorizer.decide(GET, reviews, 9080), authorizer.decide(GET, reviews, 9080));
});

/** Each condition alone: who or what it takes, and what not. */
const SOURCES: readonly (readonly [source: AuthorizationSource, takes: readonly PeerView[]])[] = [
  [{ identities: [REVIEWS] }, [reviews]],
  [{ identities: ['*/sa/batch'] }, [batch]],
  [{ identities: ['spiffe://mesh/ns/shop/*'] }, [reviews]],
  [{ identities: ['*/ns/jobs/*'] }, [batch]],
  [{ identities: ['*'] }, [reviews, batch]],
  [{ identities: [] }, []],
  [{ notIdentities: [REVIEWS] }, [batch, stranger]],
  [{ notIdentities: ['*'] }, [stranger]],
  [{ namespaces: ['shop', 'other'] }, [reviews]],
  [{ notNamespaces: ['shop'] }, [batch, stranger]],
  [{ addresses: ['10.0.0.0/16', '192.0.2.1'] }, [reviews, stranger]],
  [{ notAddresses: ['10.0.0.0/8'] }, [stranger]],
  [{ namespaces: ['shop', 'jobs'], notIdentities: [BATCH] }, [reviews]],
];
for (const [source, takes] of SOURCES) {
  test(`source ${JSON.stringify(source)}`, () => {
    const authorizer = compileAuthorization([policy('p', 'ALLOW', [rule({ from: [source] })])]);
    const allowed = [reviews, batch, stranger].filter((peer) => authorizer.decide(GET, peer, 9080).allowed);
    assert.deepEqual(allowed, takes);
  });
}

const OPERATIONS: readonly (readonly [operation: AuthorizationOperation, isTaken: boolean])[] = [
  [{ methods: ['POST', 'GET'] }, true],
  [{ notMethods: ['GET'] }, false],
  [{ paths: ['/ratings/{*}'] }, true],
  [{ paths: ['/ratings'] }, false],
  [{ paths: [] }, false],
  [{ notPaths: ['/ratings*'] }, false],
  [{ hosts: ['ratings'] }, true],
  [{ hosts: ['*.example'] }, false],
  [{ notHosts: ['rat*'] }, false],
  [{ ports: [9080] }, true],
  [{ ports: [9081] }, false],
  [{ notPorts: [9080] }, false],
  [{ methods: ['GET'], paths: ['/other'] }, false],
];
for (const [operation, isTaken] of OPERATIONS) {
  test(`operation ${JSON.stringify(operation)}`, () => {
    const authorizer = compileAuthorization([policy('p', 'ALLOW', [rule({ to: [operation] })])]);
    assert.equal(authorizer.decide(GET, stranger, 9080).allowed, isTaken);
  });
}

function decideByHeaders(
  when: readonly HeaderCondition[],
  headers: Readonly<Record<string, string>>,
): boolean {
  const authorizer = compileAuthorization([policy('p', 'ALLOW', [rule({ when })])]);
  return authorizer.decide(request('GET', '/', headers), stranger, 9080).allowed;
}

test('a host is the same with a port, in capitals, and with the dot of a fully qualified name', () => {
  const authorizer = compileAuthorization([policy('p', 'DENY', [rule({ to: [{ hosts: ['admin.shop'] }] })])]);
  for (const host of ['admin.shop', 'admin.shop:80', 'ADMIN.shop', 'admin.shop.', 'admin.shop.:80']) {
    const written = requestFromWords('GET', '/', [['host', host]]);
    assert.ok('view' in written && !authorizer.decide(written.view, reviews, 80).allowed, host);
  }
});

test('header conditions all have to hold, `*` alone means present', () => {
  assert.ok(decideByHeaders([{ header: 'x-a', values: ['1', '2*'] }], { 'x-a': '23' }));
  assert.ok(!decideByHeaders([{ header: 'x-a', values: ['1'] }], {}));
  assert.ok(decideByHeaders([{ header: 'x-a', values: ['*'] }], { 'x-a': '' }));
  assert.ok(!decideByHeaders([{ header: 'x-a', values: ['*'] }], {}));
  assert.ok(decideByHeaders([{ header: 'x-a', notValues: ['*'] }], {}));
  assert.ok(
    !decideByHeaders(
      [
        { header: 'x-a', values: ['1'] },
        { header: 'x-b', values: ['1'] },
      ],
      { 'x-a': '1' },
    ),
  );
});

test('without HTTP a DENY rule stands by what can be told, and an ALLOW rule on HTTP never matches', () => {
  const onHttp = rule({
    from: [{ identities: [BATCH] }],
    to: [{ methods: ['GET'], paths: ['/x'], ports: [9080] }],
  });
  const deny = compileAuthorization([policy('p', 'DENY', [onHttp])]);
  assert.ok(!deny.decide(undefined, batch, 9080).allowed);
  assert.ok(deny.decide(undefined, batch, 9081).allowed);
  assert.ok(deny.decide(undefined, reviews, 9080).allowed);
  const allow = compileAuthorization([policy('p', 'ALLOW', [onHttp])]);
  assert.ok(!allow.decide(undefined, batch, 9080).allowed);
  const onPort = compileAuthorization([
    policy('p', 'ALLOW', [rule({ to: [{ methods: ['GET'] }, { ports: [9080] }] })]),
  ]);
  assert.ok(onPort.decide(undefined, batch, 9080).allowed);
  const negative = compileAuthorization([policy('p', 'DENY', [rule({ to: [{ notPaths: ['/health'] }] })])]);
  assert.ok(!negative.decide(undefined, batch, 9080).allowed);
});

test('the trace says for each rule what failed, in order of evaluation, and what decided', () => {
  const authorizer = compileAuthorization([
    policy('allow', 'ALLOW', [
      rule({ from: [{ namespaces: ['a'] }, { identities: ['spiffe://x/*'] }] }),
      rule({ from: [{ namespaces: ['shop'] }], to: [{ methods: ['POST'] }] }),
      rule({ when: [{ header: 'x-a', values: ['1'] }] }),
    ]),
    policy('deny', 'DENY', [rule({ to: [{ paths: ['/admin/{**}'] }] })]),
  ]);
  const { policies, verdict } = authorizer.explain(GET, reviews, 9080);
  assert.ok(!verdict.allowed);
  assert.deepEqual(
    policies.map(({ ref, decided, matched }) => [ref, decided, matched]),
    [
      ['AuthorizationPolicy/shop/deny', false, undefined],
      ['AuthorizationPolicy/shop/allow', true, undefined],
    ],
  );
  const lines = policies.flatMap(({ rules }) =>
    rules.map(({ mismatches }) => mismatches.map((m) => `${m.field}: ${m.expected}, got ${m.actual}`)),
  );
  assert.deepEqual(lines, [
    ['to[0].paths: one of /admin/{**}, got /ratings/1'],
    ['from[0].namespaces: one of a, got shop', `from[1].identities: one of spiffe://x/*, got ${REVIEWS}`],
    ['to[0].methods: one of POST, got GET'],
    ['when: values of x-a: one of 1, got none'],
  ]);
});

test('the trace of a connection says where a rule needs HTTP', () => {
  const authorizer = compileAuthorization([policy('allow', 'ALLOW', [rule({ to: [{ methods: ['GET'] }] })])]);
  const [traced] = authorizer.explain(undefined, reviews, 9080).policies;
  assert.equal(traced?.rules[0]?.mismatches[0]?.actual, 'no HTTP request');
});

// --- the decision against a naive one ----------------------------------------------------------------------

const identities = [REVIEWS, BATCH, '*', 'spiffe://mesh/ns/shop/*', '*/sa/batch'];
const paths = ['/', '/a', '/a/b', '/a*', '/a/*', '*b', '/{*}', '/a/{**}', '*', '/*'];
const some = <T extends string | number>(...values: readonly T[]): fc.Arbitrary<readonly T[]> =>
  fc.subarray([...values], { maxLength: 2 });
const sourceArb: fc.Arbitrary<AuthorizationSource> = fc.record(
  {
    identities: some(...identities),
    notIdentities: some(...identities),
    namespaces: some('shop', 'jobs'),
    notNamespaces: some('shop', 'jobs'),
    addresses: some('10.0.0.0/16', '10.1.0.1'),
  },
  { requiredKeys: [] },
);
const operationArb: fc.Arbitrary<AuthorizationOperation> = fc.record(
  {
    methods: some('GET', 'POST'),
    notMethods: some('GET', 'POST'),
    paths: some(...paths),
    notPaths: some(...paths),
    ports: some(1, 2),
  },
  { requiredKeys: [] },
);
const whenArb: fc.Arbitrary<HeaderCondition> = fc.record({
  header: fc.constant('x'),
  values: some('1', '*'),
});
const setsArb = fc
  .array(
    fc.record({
      action: fc.constantFrom<AuthorizationRuleSet['action']>('ALLOW', 'DENY', 'AUDIT'),
      rules: fc.array(
        fc.record({
          from: fc.array(sourceArb, { maxLength: 2 }),
          to: fc.array(operationArb, { maxLength: 2 }),
          when: fc.array(whenArb, { maxLength: 1 }),
        }),
        { maxLength: 3 },
      ),
    }),
    { maxLength: 5 },
  )
  .map((sets) => sets.map(({ action, rules }, i) => policy(`p${i}`, action, rules)));
const subjectArb = fc.record({
  view: fc.option(
    fc
      .tuple(
        fc.constantFrom('GET', 'POST'),
        fc.constantFrom('/', '/a', '/a/b', '/a/b/c', '/b'),
        fc.constantFrom('1', '2', undefined),
      )
      .map(([method, path, x]) => request(method, path, x === undefined ? {} : { x })),
    { nil: undefined },
  ),
  peer: fc.constantFrom(reviews, batch, stranger),
  port: fc.constantFrom(1, 2),
});

interface Subject {
  readonly view: RequestView | undefined;
  readonly peer: PeerView;
  readonly port: number;
}

/** The words of types.ts, with patterns as regular expressions. */
function naiveRule(rule: AuthorizationRule, { view, peer, port }: Subject, action: string): boolean {
  const http = (actual: string | undefined, list?: readonly string[], not?: readonly string[]): boolean =>
    (list === undefined && not === undefined) ||
    (view === undefined ? action === 'DENY' : text(actual, list, not));
  return (
    anyOf(
      rule.from,
      (source) =>
        text(peer.identity, source.identities, source.notIdentities) &&
        text(peer.namespace, source.namespaces, source.notNamespaces) &&
        text(
          peer.address,
          source.addresses?.map((range) => range.replace('0.0/16', '*')),
        ),
    ) &&
    anyOf(
      rule.to,
      (operation) =>
        http(view?.method, operation.methods, operation.notMethods) &&
        http(view?.path, operation.paths, operation.notPaths) &&
        text(String(port), operation.ports?.map(String)),
    ) &&
    rule.when.every(({ header, values }) => http(view?.header(header), values))
  );
}

function anyOf<T>(alternatives: readonly T[], holds: (alternative: T) => boolean): boolean {
  return alternatives.length === 0 || alternatives.some(holds);
}

function text(actual: string | undefined, list?: readonly string[], not?: readonly string[]): boolean {
  const isIn = (patterns: readonly string[]): boolean =>
    actual !== undefined && patterns.some((pattern) => asRegExp(pattern).test(actual));
  return (list === undefined || isIn(list)) && (not === undefined || !isIn(not));
}

function asRegExp(pattern: string): RegExp {
  const source = pattern
    .replaceAll(/\{\*\*\}/g, '\u0001')
    .replaceAll(/\{\*\}/g, '\u0002')
    .replaceAll(/[.$]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('\u0001', '.*')
    .replaceAll('\u0002', '[^/]+');
  return new RegExp(`^${source}$`);
}

test('decides what a naive reading decides, and what its own trace says', () => {
  fc.assert(
    fc.property(setsArb, fc.array(subjectArb, { minLength: 1, maxLength: 6 }), (sets, subjects) => {
      const authorizer = compileAuthorization(sets);
      for (const subject of subjects) {
        const { view, peer, port } = subject;
        const verdict = authorizer.decide(view, peer, port);
        const first = (action: string): string | undefined =>
          sets
            .filter((set) => set.action === action)
            .flatMap(({ ref, rules }) => rules.map((rule, index) => ({ ref, rule, index })))
            .filter(({ rule }) => naiveRule(rule, subject, action))
            .map(({ ref, index }) => `${ref}[${index}]`)[0];
        const denied = first('DENY');
        const allowed = first('ALLOW');
        const hasAllow = sets.some(({ action }) => action === 'ALLOW');
        assert.equal(verdict.allowed, denied === undefined && (allowed !== undefined || !hasAllow));
        const decisive = verdict.rule === undefined ? undefined : `${verdict.ref}[${verdict.rule}]`;
        assert.equal(decisive, denied ?? allowed);

        const trace = authorizer.explain(view, peer, port);
        assert.deepEqual(trace.verdict, verdict);
        const matched = trace.policies.find(
          (policy) => policy.action !== 'AUDIT' && policy.matched !== undefined,
        );
        assert.equal(matched && `${matched.ref}[${matched.matched}]`, decisive);
        const audited = trace.policies.filter(
          ({ action, matched }) => action === 'AUDIT' && matched !== undefined,
        );
        assert.deepEqual(
          audited.map(({ ref, matched }) => ({ ref, rule: matched })),
          verdict.audits,
        );
        for (const { rules } of trace.policies) {
          for (const { matches, mismatches } of rules) assert.equal(matches, mismatches.length === 0);
        }
      }
    }),
    { numRuns: 1000 },
  );
});

test('ten thousand rules decide like one', () => {
  const rules = Array.from({ length: 10_000 }, (_, i) =>
    rule({
      from: [{ identities: [`spiffe://mesh/ns/n${i}/sa/a`] }],
      to: [{ methods: ['GET'], paths: [`/p${i}/{*}`, `/q/${i}`] }],
    }),
  );
  const authorizer = compileAuthorization([policy('big', 'ALLOW', rules)]);
  const peer = { identity: 'spiffe://mesh/ns/n7/sa/a', namespace: 'n7', address: '10.0.0.1' };
  assert.equal(authorizer.decide(request('GET', '/p7/x'), peer, 1).rule, 7);
  assert.equal(authorizer.decide(request('GET', '/q/7'), peer, 1).rule, 7);
  assert.ok(!authorizer.decide(request('GET', '/q/8'), peer, 1).allowed);
});
