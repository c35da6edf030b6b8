import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { type ConnectionOptions, connect } from 'node:tls';
import fc from 'fast-check';
import { readClientHello, startsTls } from './client-hello.ts';

/** The first bytes that Node's own TLS client sends. */
async function helloOf(options: ConnectionOptions): Promise<Buffer> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = connect({ ...options, port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
  client.on('error', () => {});
  const [socket] = await once(server, 'connection');
  const [bytes] = await once(socket, 'data');
  client.destroy();
  socket.destroy();
  server.close();
  return bytes as Buffer;
}

test('the names of a real client are read, and only once all of its hello is there', async () => {
  const bytes = await helloOf({ servername: 'a.example', ALPNProtocols: ['weft-http1', 'http/1.1'] });
  assert.deepEqual(readClientHello(bytes), {
    kind: 'hello',
    hello: { serverName: 'a.example', protocols: ['weft-http1', 'http/1.1'] },
  });
  for (let length = 0; length < bytes.length; length++)
    assert.equal(readClientHello(bytes.subarray(0, length)).kind, 'more');
});

/** The same message in records of so many bytes (RFC 8446 5.1). */
function inRecords(bytes: Buffer, size: number): Buffer {
  const message = bytes.subarray(5);
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += size) {
    const fragment = message.subarray(at, at + size);
    records.push(Buffer.from([22, 3, 1, fragment.length >> 8, fragment.length & 255]), fragment);
  }
  return Buffer.concat(records);
}

test('a hello in any number of records is read, and only once all of it is there', async () => {
  const bytes = await helloOf({ servername: 'a.example', ALPNProtocols: ['h2'] });
  for (const size of [1, 2, 3, 4, 5, 100]) {
    const records = inRecords(bytes, size);
    assert.deepEqual(readClientHello(records), {
      kind: 'hello',
      hello: { serverName: 'a.example', protocols: ['h2'] },
    });
    for (let length = 0; length < records.length; length++)
      assert.equal(readClientHello(records.subarray(0, length)).kind, 'more', `${length} of ${size}`);
  }
});

test('what is no hello is not waited for', async () => {
  const bytes = await helloOf({ servername: 'a.example' });
  const changed = (at: number, ...values: number[]): Buffer => {
    const copy = Buffer.from(bytes);
    copy.set(values, at);
    return copy;
  };
  for (const [what, unreadable] of Object.entries({
    'another message': changed(5, 2).subarray(0, 6),
    'an empty record': changed(3, 0, 0).subarray(0, 5),
    'a record that is too long': changed(3, 0x40, 1).subarray(0, 5),
    'a message that is too long': changed(6, 1, 0, 0).subarray(0, 9),
    'an alert after a part of it': Buffer.concat([
      inRecords(bytes, 50).subarray(0, 55),
      Buffer.from([21, 3, 3, 0, 2]),
    ]),
  }))
    assert.equal(readClientHello(unreadable).kind, 'unreadable', what);
});

test('a client without names', async () => {
  const bytes = await helloOf({});
  assert.deepEqual(readClientHello(bytes), {
    kind: 'hello',
    hello: { serverName: undefined, protocols: [] },
  });
});

test('whatever is changed in a hello, it is read or found unreadable, never an exception', async () => {
  const bytes = await helloOf({ servername: 'a.example', ALPNProtocols: ['h2'] });
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1 }), (changes) => {
      const changed = Buffer.from(bytes);
      for (const [at, byte] of changes) changed[at] = byte;
      assert.match(readClientHello(changed).kind, /^(hello|more|unreadable)$/);
    }),
  );
});

test('TLS is told from its first two bytes', () => {
  assert.ok(startsTls(Buffer.from([22])));
  assert.ok(startsTls(Buffer.from([22, 3, 1])));
  assert.ok(!startsTls(Buffer.from([22, 4])));
  assert.ok(!startsTls(Buffer.from('GET ')));
  assert.ok(!startsTls(Buffer.alloc(0)));
});
