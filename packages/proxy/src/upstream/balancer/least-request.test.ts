import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leastRequestPicker } from './least-request.ts';
import { assertNear, endpointsOf, runCommonCases, seededRandom, sharesOf } from './testing/balancer-cases.ts';

runCommonCases('least-request');

test('of two endpoints the less busy one is always picked', () => {
  const endpoints = endpointsOf(1, 1);
  const [busy, idle] = endpoints;
  assert.ok(busy && idle);
  busy.active = 1;
  const picker = leastRequestPicker(endpoints, seededRandom(1));
  for (let i = 0; i < 20; i++) assert.equal(picker.pick(), idle);
});

test('the busiest of several is never picked', () => {
  const endpoints = endpointsOf(1, 1, 1, 1);
  for (const [i, endpoint] of endpoints.entries()) endpoint.active = i;
  const shares = sharesOf(leastRequestPicker(endpoints, seededRandom(2)), endpoints);
  // The least busy wins each pair that it is in: 3 of 6; the next 2 of 6, and so on.
  assertNear(shares, [3 / 6, 2 / 6, 1 / 6, 0]);
});

test('what is busy counts by weight', () => {
  const endpoints = endpointsOf(1, 4);
  const [light, heavy] = endpoints;
  assert.ok(light && heavy);
  light.active = 1;
  heavy.active = 3;
  const [lightShare = 1] = sharesOf(leastRequestPicker(endpoints, seededRandom(3)), endpoints);
  // 3 requests on weight 4 are less than 1 on weight 1: the light one is picked where it is drawn twice alone.
  assertNear([lightShare], [1 / 25]);
});

test('under load a slow endpoint ends up with its fair number of requests in flight, not with most of them', () => {
  const endpoints = endpointsOf(1, 1, 1, 1);
  const picker = leastRequestPicker(endpoints, seededRandom(4));
  const inFlight: { endpoint: (typeof endpoints)[number]; until: number }[] = [];
  let slowPicks = 0;
  const requests = 20_000;
  for (let now = 0; now < requests; now++) {
    while (inFlight[0] !== undefined && inFlight[0].until <= now) {
      const done = inFlight.shift();
      if (done !== undefined) done.endpoint.active--;
    }
    const endpoint = picker.pick();
    assert.ok(endpoint);
    endpoint.active++;
    const isSlow = endpoint === endpoints[0];
    if (isSlow) slowPicks++;
    inFlight.push({ endpoint, until: now + (isSlow ? 100 : 10) });
    inFlight.sort((a, b) => a.until - b.until);
  }
  // Ten times slower: random would give it a quarter of all requests.
  assert.ok(slowPicks / requests < 0.1, `${slowPicks} of ${requests}`);
});
