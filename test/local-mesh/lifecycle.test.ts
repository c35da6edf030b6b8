// However `weft up` ends, nothing of the mesh stays.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openRequest } from './echo.ts';
import { eventually } from './eventually.ts';
import { Load } from './load.ts';
import { Shop } from './shop.ts';
import { markProcesses } from './survivors.ts';

for (const [signal, expected] of [
  ['SIGINT', 0],
  ['SIGTERM', 0],
  ['SIGKILL', 'SIGKILL'],
] as const) {
  test(`after ${signal} no process is left and no folder, though traffic was running`, async (t) => {
    const survivors = markProcesses();
    await using shop = await Shop.start({ webs: 2 });
    await using load = new Load({ port: await shop.outbound('client-0', 'web:80') });
    await eventually('traffic', () => load.requests > 20);
    // Nobody ends it: the server waits for it, and must not be waited for.
    const endless = await openRequest(await shop.outbound('client-0', 'web:80'));
    // Launcher, its guard, control plane, and sidecar and process of 3 pods.
    assert.ok(survivors().length >= 9, `${survivors().length} processes run`);
    const started = performance.now();
    assert.equal(await shop.up.end(signal), expected);
    await eventually('no process', () => survivors().length === 0);
    t.diagnostic(`all gone after ${(performance.now() - started).toFixed(0)} ms`);
    assert.deepEqual(shop.up.leftovers, []);
    await assert.rejects(endless('too late'));
  });
}
