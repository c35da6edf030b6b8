import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { type FetchHandler, serveFetch } from './fetch-server.ts';

const TARGET = { address: '127.0.0.1', port: 0, purpose: 'test', remedy: 'try another' };

async function serving(
  handler: FetchHandler,
  run: (url: string, port: number) => Promise<void>,
): Promise<void> {
  await using server = await serveFetch(TARGET, handler);
  await run(`http://127.0.0.1:${server.port}`, server.port);
}

test('requests and answers go through whole', () =>
  serving(
    async (request) => {
      const { pathname, search } = new URL(request.url);
      const seen = [request.method, pathname, search, request.headers.get('x-one'), await request.text()];
      return Response.json(seen, { status: 201, headers: { 'x-two': '2' } });
    },
    async (url) => {
      const init = { method: 'PUT', body: 'é'.repeat(100_000), headers: { 'x-one': '1' } };
      const response = await fetch(`${url}/a%20b?c=d`, init);
      assert.equal(response.status, 201);
      assert.equal(response.headers.get('x-two'), '2');
      assert.deepEqual(await response.json(), ['PUT', '/a%20b', '?c=d', '1', init.body]);
    },
  ));

test('the handler sees the Host header that was sent, not one that was guessed', () =>
  serving(
    (request) => new Response(request.headers.get('host')),
    async (_, port) => {
      const socket = connect(port, '127.0.0.1');
      socket.end('GET / HTTP/1.1\r\nHost: attacker.example\r\nConnection: close\r\n\r\n');
      assert.match(await text(socket), /attacker\.example$/);
    },
  ));

test('a body that is too large is refused', () =>
  serving(
    () => assert.fail('was handled'),
    async (url) => {
      const body = Buffer.alloc(32 * 1024 * 1024 + 1);
      assert.equal((await fetch(url, { method: 'PUT', body })).status, 413);
    },
  ));

test('a client that goes away in the middle of its body is no fault of the server', () =>
  serving(
    () => new Response('fine'),
    async (url, port) => {
      const socket = connect(port, '127.0.0.1');
      socket.write('PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc');
      await once(socket, 'connect');
      socket.resetAndDestroy();
      assert.equal(await (await fetch(url)).text(), 'fine');
    },
  ));

test('a port in use is an error for the user', () =>
  serving(
    () => new Response(),
    async (_, port) => {
      await assert.rejects(
        serveFetch({ ...TARGET, port }, () => new Response()),
        /\(test\) is in use: .*, or try another$/,
      );
    },
  ));
