import assert from 'node:assert/strict';
import { test } from 'node:test';
import { identityOf, parseSpiffeId } from './spiffe.ts';

const ID = 'spiffe://mesh.test/ns/bookshop/sa/reviews';

test('an id is read into its parts', () => {
  assert.deepEqual(parseSpiffeId(ID), {
    uri: ID,
    trustDomain: 'mesh.test',
    namespace: 'bookshop',
    serviceAccount: 'reviews',
  });
});

for (const uri of [
  '',
  'spiffe://mesh.test',
  'spiffe://mesh.test/',
  'spiffe:///ns/bookshop/sa/reviews',
  'spiffe://mesh.test/ns/bookshop/sa/',
  'spiffe://mesh.test/ns//sa/reviews',
  'spiffe://mesh.test/ns/bookshop/sa/reviews/',
  'spiffe://mesh.test/ns/bookshop/sa/reviews/more',
  'spiffe://mesh.test/ns/../sa/reviews',
  'spiffe://mesh.test/ns/bookshop/sa/..',
  'spiffe://mesh.test/ns/bookshop/sa/%72eviews',
  'spiffe://mesh.test/ns/bookshop/sa/reviews?x',
  'spiffe://mesh.test/ns/bookshop/sa/reviews#x',
  'spiffe://mesh.test/ns/bookshop/sa/rev iews',
  'spiffe://mesh.test/ns/bookshop/sa/reviews\n',
  'spiffe://mesh.test:443/ns/bookshop/sa/reviews',
  'spiffe://user@mesh.test/ns/bookshop/sa/reviews',
  'spiffe://Mesh.Test/ns/bookshop/sa/reviews',
  'SPIFFE://mesh.test/ns/bookshop/sa/reviews',
  'https://mesh.test/ns/bookshop/sa/reviews',
  `spiffe://mesh.test/ns/bookshop/sa/${'a'.repeat(2048)}`,
]) {
  test(`no id: ${JSON.stringify(uri).slice(0, 60)}`, () => {
    assert.equal(parseSpiffeId(uri), undefined);
  });
}

const subject = { CN: 'reviews-v1' } as never;

test('the one URI name of a certificate is its identity, other names beside it do not matter', () => {
  for (const subjectaltname of [`URI:${ID}`, `DNS:reviews, URI:${ID}`, `URI:${ID}, IP Address:10.0.0.1`]) {
    const named = identityOf({ subject, subjectaltname });
    assert.equal(named.kind === 'identity' && named.id.uri, ID, subjectaltname);
  }
});

for (const [what, subjectaltname] of [
  ['no names', undefined],
  ['no URI', 'DNS:reviews'],
  ['two ids', `URI:${ID}, URI:spiffe://mesh.test/ns/a/sa/b`],
  ['the same id twice', `URI:${ID}, URI:${ID}`],
  ['an id and another URI', `URI:https://a.test, URI:${ID}`],
  ['a name that pretends to be two', `DNS:"x, URI:${ID}"`],
  ['a name with a quote that pretends to be two', String.raw`DNS:"x\", URI:${ID}"`],
  ['a URI with a comma', `URI:"${ID},x"`],
] as const) {
  test(`a certificate with ${what} has no identity`, () => {
    const named = identityOf({ subject, ...(subjectaltname !== undefined && { subjectaltname }) } as never);
    assert.equal(named.kind, 'refused');
  });
}

test('the subject names the workload', () => {
  const named = identityOf({
    subject: { CN: 'reviews-v2', OU: ['app=reviews', 'version=v2'] } as never,
    subjectaltname: `URI:${ID}`,
  });
  assert.deepEqual(named.kind === 'identity' && named.workload, {
    namespace: 'bookshop',
    name: 'reviews-v2',
    app: 'reviews',
    version: 'v2',
  });
});

test('a subject that says less names less', () => {
  const of = (subject: object) => {
    const named = identityOf({ subject: subject as never, subjectaltname: `URI:${ID}` });
    return named.kind === 'identity' ? named.workload : undefined;
  };
  assert.equal(of({}), undefined);
  const alone = { namespace: 'bookshop', name: 'web', app: 'web', version: 'latest' };
  assert.deepEqual(of({ CN: 'web' }), alone);
  assert.deepEqual(of({ CN: 'web', OU: 'version=v3' }), { ...alone, version: 'v3' });
});
