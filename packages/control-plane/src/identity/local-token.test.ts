import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { localTokenVerifier, mintLocalToken } from './local-token.ts';

const SECRET = 'a secret of the launcher that is long enough';
const CLAIMS = {
  namespace: 'bookshop',
  serviceAccount: 'shop',
  pod: 'shop-0',
  workload: { namespace: 'bookshop', name: 'shop', app: 'shop', version: 'v1' },
};

const verifier = localTokenVerifier(`${SECRET}\n`);

/** Why a token is refused; undefined: it is not. */
async function refusal(token: string): Promise<string | undefined> {
  const verdict = await verifier.verify(token);
  return verdict.kind === 'refused' ? verdict.message : undefined;
}

/** A token with any header, signed rightly. */
function withHeader(header: object, body: string): string {
  const signed = `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${body}`;
  return `${signed}.${createHmac('sha256', SECRET).update(signed).digest('base64url')}`;
}

test('a minted token is verified to the claims it was minted with', async () => {
  const verdict = await verifier.verify(mintLocalToken(SECRET, CLAIMS));
  assert.deepEqual(verdict, { kind: 'identity', ...CLAIMS });
});

test('a token that was changed in any part is refused', async () => {
  const token = mintLocalToken(SECRET, CLAIMS);
  const [header = '', body = '', signature = ''] = token.split('.');
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
  const forged = Buffer.from(JSON.stringify({ ...claims, sa: 'admin' })).toString('base64url');
  for (const changed of [
    `${header}.${forged}.${signature}`,
    `${header}.${body}.${signature.slice(0, -4)}`,
    `${header}.${body}.${'A'.repeat(signature.length)}`,
    `${header}.${body}.`,
    `${header}.${body}`,
    `${token}.${signature}`,
    'x'.repeat(10_000),
    '',
  ]) {
    assert.notEqual(await refusal(changed), undefined, changed.slice(0, 80));
  }
});

test('another algorithm is refused, also where the signature is right', async () => {
  const body = mintLocalToken(SECRET, CLAIMS).split('.')[1] ?? '';
  assert.equal(await refusal(withHeader({ alg: 'HS256' }, body)), undefined);
  for (const alg of ['none', 'HS512', 'RS256', undefined]) {
    assert.match((await refusal(withHeader({ alg }, body))) ?? '', /algorithm HS256/);
  }
  assert.notEqual(
    await refusal(`${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`),
    undefined,
  );
});

test('a token ends when it is said to', async () => {
  assert.match((await refusal(mintLocalToken(SECRET, CLAIMS, { ttlMs: -1000 }))) ?? '', /has expired/);
});

test('names that would break out of a SPIFFE id are refused', async () => {
  for (const serviceAccount of ['a/b', '..', 'A', '', 'a b', 'a?']) {
    assert.match(
      (await refusal(mintLocalToken(SECRET, { ...CLAIMS, serviceAccount }))) ?? '',
      /does not name/,
    );
  }
});

test('a short secret is no secret', () => {
  assert.throws(() => localTokenVerifier('   short   \n'), /has 5 bytes, at least 32/);
  assert.throws(() => mintLocalToken('short', CLAIMS), /at least 32/);
});
