// Calls of real gRPC clients to real servers, through one sidecar and through two: nothing of a call may be lost.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { BookClient, startBooks } from './books.ts';
import { CHAINS, oneSidecar, twoSidecars } from './sidecars.ts';

for (const [chain, start] of CHAINS) {
  test(`all four kinds of call pass ${chain}`, async () => {
    await using books = await startBooks();
    await using mesh = await start(books.port);
    using client = new BookClient(mesh.port);

    const unary = await client.call('Get', ['Dune']);
    assert.deepEqual([unary.code, unary.messages.map(String)], [status.OK, ['Dune']]);

    const list = await client.call('List', ['1000']);
    assert.equal(list.code, status.OK);
    assert.deepEqual(
      list.messages.map(String),
      Array.from({ length: 1000 }, (_, i) => String(i)),
    );

    const put = await client.call('Put', ['a', 'bc', '', 'd'.repeat(50_000)]);
    assert.deepEqual([put.code, put.messages.map(String)], [status.OK, ['4 50003']]);

    const { stream, end, messages } = client.open('Talk');
    for (const word of ['one', 'two', 'three']) {
      stream.write(Buffer.from(word));
      await once(stream, 'data');
    }
    stream.end();
    assert.equal((await end).code, status.OK);
    assert.deepEqual(messages.map(String), ['one', 'two', 'three']);
  });

  test(`messages of 20 MiB pass ${chain} both ways`, async () => {
    await using books = await startBooks();
    await using mesh = await start(books.port);
    using client = new BookClient(mesh.port);
    const message = Buffer.alloc(20 << 20, 'weft ');
    const { code, messages } = await client.call('Get', [message]);
    assert.equal(code, status.OK);
    assert.ok(messages[0]?.equals(message));
  });

  test(`metadata passes ${chain}: text and bytes, before and after the messages`, async () => {
    await using books = await startBooks();
    await using mesh = await start(books.port);
    using client = new BookClient(mesh.port);
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const { head, trailers } = await client.call('Get', ['x'], {
      metadata: { 'x-echo': 'some text', 'x-echo-bin': bytes },
    });
    assert.deepEqual(head?.get('x-echo'), ['some text']);
    assert.deepEqual(head?.get('x-echo-bin'), [bytes]);
    assert.deepEqual(trailers.get('x-server'), ['books']);
    assert.deepEqual(trailers.get('x-trailer-bin'), [Buffer.from([0, 1, 0xff])]);
  });

  test(`every status passes ${chain} with its message and details`, async () => {
    await using books = await startBooks();
    await using mesh = await start(books.port);
    using client = new BookClient(mesh.port);
    for (let code = 1; code <= 16; code++) {
      const end = await client.call('Get', ['x'], { metadata: { fail: String(code) } });
      assert.equal(end.code, code);
      assert.equal(end.details, 'no such book: “Ünter”');
      assert.deepEqual(end.trailers.get('grpc-status-details-bin'), [Buffer.from('details')]);
    }
  });

  test(`a call that the client cancels is cancelled at the server behind ${chain}`, async () => {
    await using books = await startBooks();
    await using mesh = await start(books.port);
    using client = new BookClient(mesh.port);
    const begun = books.nextCall();
    const { stream, end } = client.open('Talk');
    stream.write(Buffer.from('hello'));
    await once(stream, 'data');
    const cancelled = once(await begun, 'cancelled');
    stream.cancel();
    assert.equal((await end).code, status.CANCELLED);
    await cancelled;
    const line = await mesh.server.nextLine();
    assert.deepEqual([line.response_flags, line.grpc_status], ['DC', 'Canceled']);
  });

  test(`the deadline of the client is known to the server behind ${chain}, and ends the call there too`, async () => {
    await using books = await startBooks();
    await using mesh = await start(books.port);
    using client = new BookClient(mesh.port);
    const begun = books.nextCall();
    const calling = client.call('Get', ['x'], { metadata: { sleep: '1' }, deadlineMs: 500 });
    const call = await begun;
    const left = Number(call.getDeadline()) - Date.now();
    assert.ok(left > 0 && left <= 500, `${left} ms left`);
    const cancelled = once(call, 'cancelled');
    assert.equal((await calling).code, status.DEADLINE_EXCEEDED);
    await cancelled;
  });
}

for (const protocol of ['http', 'http2', 'detect']) {
  test(`calls pass two sidecars on a port that is declared ${protocol}`, async () => {
    await using books = await startBooks();
    await using mesh = await twoSidecars(books.port, { protocol });
    using client = new BookClient(mesh.port);
    const put = await client.call('Put', ['a', 'bc']);
    assert.deepEqual([put.code, put.messages.map(String)], [status.OK, ['2 3']]);
    const line = await mesh.server.nextLine();
    assert.deepEqual([line.grpc_status, line.protocol], ['OK', 'HTTP/2']);
  });
}

test('calls of one connection are spread over all servers', async () => {
  await using first = await startBooks('first');
  await using second = await startBooks('second');
  await using third = await startBooks('third');
  await using mesh = await oneSidecar([first.port, second.port, third.port]);
  using client = new BookClient(mesh.port);
  const servers = new Map<string, number>();
  for (let i = 0; i < 30; i++) {
    const { trailers } = await client.call('Get', ['x']);
    const server = String(trailers.get('x-server')[0]);
    servers.set(server, (servers.get(server) ?? 0) + 1);
  }
  assert.deepEqual(Object.fromEntries(servers), { first: 10, second: 10, third: 10 });
  assert.equal(new Set(mesh.client.accessLog.map((line) => line.downstream_remote_address)).size, 1);
});
