import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { isFree, PortAllocator } from './port-allocator.ts';

test('two allocators never hand out the same port, though nobody listens on it yet', async () => {
  using first = new PortAllocator();
  using second = new PortAllocator();
  const ports = [];
  for (let count = 0; count < 150; count++) ports.push(await first.allocate(), await second.allocate());
  assert.equal(new Set(ports).size, ports.length);
});

test('a port that somebody listens on is left out, a released one comes back', async () => {
  using ports = new PortAllocator();
  const port = await ports.allocate();
  const server = createServer().listen(port + 1, '127.0.0.1');
  await once(server, 'listening');
  assert.equal(await isFree(port + 1), false);
  assert.equal(await ports.allocate(), port + 2);
  ports.release([port]);
  assert.equal(await ports.allocate(), port);
  server.close();
});
