import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listenError } from './listen-error.ts';

const TARGET = { address: '127.0.0.1', port: 80, purpose: 'control plane API', remedy: 'set --api-port' };

const CASES: readonly [code: string, message: string][] = [
  [
    'EADDRINUSE',
    "port 80 on 127.0.0.1 (control plane API) is in use: stop the process that has it (ss -ltnp 'sport = :80' shows which), or set --api-port",
  ],
  [
    'EACCES',
    'port 80 on 127.0.0.1 (control plane API) needs a privilege that this user does not have: use a port above 1023; set --api-port',
  ],
  [
    'EADDRNOTAVAIL',
    'port 80 on 127.0.0.1 (control plane API) can not be bound: this machine does not have that address',
  ],
  ['EWEIRD', 'port 80 on 127.0.0.1 (control plane API) can not be bound: it broke'],
];

for (const [code, message] of CASES) {
  test(`${code} says what to do`, () => {
    const cause = Object.assign(new Error('it broke'), { code });
    const error = listenError(cause, TARGET);
    assert.equal(error.message, message);
    assert.equal(error.code, code);
    assert.equal(error.cause, cause);
  });
}
