// Replicas that are replaced while traffic runs: by another template, or by a signal from outside.

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { readyCondition } from '@weft/cli/testing/local-mesh';
import { call } from './call.ts';
import { eventually } from './eventually.ts';
import type { Shop } from './shop.ts';

/** `npm run soak`. Beside other tests a few restarts have to do, and a load that leaves them room. */
export const isSoak = process.env['WEFT_SOAK'] !== undefined;
export const RESTARTS = isSoak ? 30 : 2;
/** Requests a second that are aimed at. */
export const RATE = isSoak ? 1000 : 200;
export const REPLICAS = 2;

/** Saves another template of a workload; resolves when only replicas of it are there, all of them ready. */
export async function restart(t: TestContext, shop: Shop, name: string, yaml: string): Promise<void> {
  const since = new Date().toISOString();
  shop.folder.write(`${name}.yaml`, yaml);
  const ms = await eventually('all replicas are new', () => areAllNew(shop, name, since), 50);
  t.diagnostic(`restart of ${name}: ${(ms / 1000).toFixed(1)} s`);
}

async function areAllNew(shop: Shop, workload: string, since: string): Promise<boolean> {
  const pods = (await shop.up.pods()).filter(({ metadata }) => metadata.name.startsWith(`${workload}-`));
  const isNew = (pod: (typeof pods)[number]): boolean =>
    String(pod.metadata['creationTimestamp']) >= since && readyCondition(pod)?.status === 'True';
  return pods.length === REPLICAS && pods.every(isNew);
}

export type Part = 'application' | 'sidecar';

export interface Ended {
  readonly pod: string;
  readonly parts: readonly Part[];
}

/** SIGTERM from outside, as a kubelet sends it to the containers of a pod; resolves when it is ready again. */
export async function endAndReplace(t: TestContext, shop: Shop, { pod, parts }: Ended): Promise<void> {
  const before = await processes(shop, pod);
  for (const part of parts) process.kill(before[part] as number, 'SIGTERM');
  if (!parts.includes('application')) await assertServesThoughNotReady(shop, pod);
  const ms = await eventually('its successor is ready', async () => {
    const now = await processes(shop, pod);
    const isReady = readyCondition(await shop.up.pod(pod))?.status === 'True';
    return isReady && parts.every((part) => now[part] !== undefined && now[part] !== before[part]);
  });
  t.diagnostic(`${parts.join(' and ')} of ${pod}: ${(ms / 1000).toFixed(1)} s`);
}

/** Whoever does not know yet that the endpoint leaves is served, on a new connection too. */
async function assertServesThoughNotReady(shop: Shop, pod: string): Promise<void> {
  const { health } = (await shop.bootstrap(pod)).admin;
  await eventually('not ready', async () => (await call(health, '/healthz/ready')).status === 503);
  assert.ok(await isServed(await shop.inbound(pod)));
}

async function processes(shop: Shop, pod: string): Promise<Readonly<Record<Part, number | undefined>>> {
  const file = `shop.${pod}.json`;
  return {
    sidecar: shop.has(file) ? shop.pid(file) : undefined,
    application: await shop.application(pod).catch(() => undefined),
  };
}

/** Any answer will do: not every application here speaks HTTP/1.1. */
async function isServed(port: number): Promise<boolean> {
  return (await call(port, '/')).status > 0;
}
