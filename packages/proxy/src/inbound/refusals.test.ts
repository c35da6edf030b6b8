import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Log } from '@weft/common/logger/logger';
import { Registry } from '@weft/common/metrics/registry';
import { render } from '@weft/common/metrics/render';
import { connectionRefusals } from './refusals.ts';

test('every refusal is counted, and a reason is told once in ten seconds with how many there were', () => {
  const lines: string[] = [];
  const log = new Log({ format: 'json', output: { write: (line) => lines.push(line) } });
  const registry = new Registry();
  let now = 0;
  const refuse = connectionRefusals(registry, log.component('inbound'), () => now);

  const refusal = { reason: 'plain_text', message: 'mutual TLS only', peer: '10.0.0.1' } as const;
  for (let i = 0; i < 5; i++) refuse(refusal);
  refuse({ reason: 'expired', message: 'it expired', peer: '10.0.0.2' });
  now = 10_000;
  refuse(refusal);

  const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(
    told.map(({ reason, untold }) => [reason, untold]),
    [
      ['plain_text', undefined],
      ['expired', undefined],
      ['plain_text', 4],
    ],
  );
  assert.match(
    render(registry, 'prometheus', new Set(['weft_inbound_connections_refused_total'])),
    /reason="plain_text"} 6\n.*reason="expired"} 1\n/,
  );
});
