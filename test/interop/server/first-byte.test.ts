// Measuring the first byte.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTcpOrigin } from '../../proxy/http.ts';
import { firstByteMs, timesOf } from './first-byte.ts';

test('a server that speaks first is not spoken to', async () => {
  let received = '';
  await using server = await startTcpOrigin((socket) => {
    socket.on('data', (chunk: Buffer) => {
      received += chunk;
    });
    socket.end('220 ready\r\n');
  });
  assert.ok((await firstByteMs(server.port, undefined)) > 0);
  assert.equal(received, '');
});

test('a connection that ends without a byte is no measurement', async () => {
  await using server = await startTcpOrigin((socket) => {
    socket.resume();
    socket.end();
  });
  await assert.rejects(firstByteMs(server.port, Buffer.from('PING\r\n')), /without a byte/);
});

test('the median of an even number is between the two in the middle', () => {
  assert.deepEqual(timesOf([4, 1, 100, 2]), { count: 4, median: 3, max: 100 });
  assert.deepEqual(timesOf([3, 1, 2]), { count: 3, median: 2, max: 3 });
});
