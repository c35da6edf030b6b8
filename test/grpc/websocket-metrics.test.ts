// What metrics say of a WebSocket: seen while it is open, and no part of how long requests take.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectPeer } from '../../packages/proxy/src/testing/scripted-peer.ts';
import { startOrigin } from '../proxy/http.ts';
import { outboundConfig, startSidecar } from '../proxy/sidecar.ts';
import { eventually } from './eventually.ts';
import { histogram } from './histogram.ts';

const UPGRADE =
  'GET /chat HTTP/1.1\r\nhost: app\r\nconnection: upgrade\r\nupgrade: websocket\r\n' +
  'sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
const SWITCHED =
  'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n' +
  'sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n';

/** A text message, masked with zeros so that it can be read: 11 bytes. */
const HELLO = Buffer.from('\x81\x85\0\0\0\0hello', 'latin1');

test('a WebSocket is counted while it is open, and its life is not the duration of a request', async () => {
  await using origin = await startOrigin('chat');
  origin.server.on('upgrade', (_request, socket) => {
    socket.write(SWITCHED);
    socket.on('data', (chunk) => socket.write(chunk));
    socket.on('end', () => socket.end());
    socket.on('error', () => {});
  });
  await using sidecar = await startSidecar(
    outboundConfig([{ backends: [{ cluster: 'app' }] }], { app: origin.port }),
  );
  {
    await using client = await connectPeer(sidecar.port('out'));
    await client.peer.play([({ socket }) => void socket.write(UPGRADE)]);
    await client.peer.takeThrough('\r\n\r\n');
    assert.equal(sidecar.metric('weft_http_streams_active', { kind: 'websocket' }), 1);
    client.peer.socket.write(Buffer.concat([HELLO, HELLO]));
    await client.peer.takeThrough(/hello[^]*hello/);
    await eventually(sidecar, 'weft_http_stream_received_bytes_total', 22, { kind: 'websocket' });
    await eventually(sidecar, 'weft_http_stream_sent_bytes_total', 22, { kind: 'websocket' });
    assert.equal(sidecar.metric('weft_http_stream_received_messages_total'), 2);
    assert.equal(sidecar.metric('weft_http_stream_sent_messages_total'), 2);
    assert.equal(sidecar.metric('istio_requests_total'), 0, 'it has not ended');
    client.peer.socket.end();
  }
  const line = await sidecar.nextLine();
  assert.equal(sidecar.metric('weft_http_streams_active'), 0);
  assert.equal(sidecar.metric('istio_requests_total', { response_code: '101' }), 1);
  const opening = histogram(sidecar, 'weft_http_stream_first_byte_milliseconds');
  const life = histogram(sidecar, 'weft_http_stream_duration_milliseconds');
  const request = histogram(sidecar, 'istio_request_duration_milliseconds');
  assert.deepEqual(request, opening);
  assert.ok(life.count === 1 && life.sum > request.sum, `${life.sum} > ${request.sum}`);
  assert.ok(Math.abs(Number(line.duration) - life.sum) < 1, 'the log has its life');
  assert.deepEqual([line.request_message_count, line.response_message_count], [2, 2]);
});
