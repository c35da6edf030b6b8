// Values that are told at ticks of the proxy: there a quarter of a second later at most, as events of nobody.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sidecar } from '../proxy/sidecar.ts';

/** Waits until a family's samples sum up to the value. */
export async function eventually(
  sidecar: Sidecar,
  family: string,
  expected: number,
  labels: Readonly<Record<string, string>> = {},
): Promise<void> {
  for (let tries = 0; sidecar.metric(family, labels) !== expected; tries++) {
    assert.ok(tries < 100, `${family} is ${sidecar.metric(family, labels)} and not ${expected}`);
    await sleep(50);
  }
}
