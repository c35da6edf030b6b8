import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusedByLoopbackGuard } from './loopback-guard.ts';

const PASS: readonly [host: string, origin?: string][] = [
  ['localhost'],
  ['LocalHost:15010'],
  ['weft.localhost:15010'],
  ['127.0.0.1:15010'],
  ['127.1.2.3'],
  ['[::1]:15010'],
  ['localhost:15010', 'http://localhost:5173'],
  ['localhost:15010', 'http://[::1]:15010'],
];
const REFUSED: readonly [host: string | undefined, origin?: string][] = [
  [undefined],
  [''],
  ['attacker.example:15010'],
  ['localhost.attacker.example'],
  ['127.0.0.1.attacker.example'],
  ['10.0.0.1:15010'],
  ['localhost:15010', 'https://attacker.example'],
  ['localhost:15010', 'http://localhost.attacker.example'],
  // A sandboxed frame or a local file.
  ['localhost:15010', 'null'],
];

for (const [host, origin] of PASS) {
  test(`Host ${host} with Origin ${origin} passes`, () =>
    assert.equal(refusedByLoopbackGuard(host, origin), undefined));
}
for (const [host, origin] of REFUSED) {
  test(`Host ${host} with Origin ${origin} is refused`, () =>
    assert.match(refusedByLoopbackGuard(host, origin) ?? '', /^this server /));
}
