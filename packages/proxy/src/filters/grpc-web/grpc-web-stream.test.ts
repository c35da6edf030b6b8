import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_LIMITS } from '../../codec/h1/limits.ts';
import { H1RequestHead, H1ResponseHead } from '../../codec/h1/message.ts';
import { parseRequestHead, parseResponseHead } from '../../codec/h1/parse-head.ts';
import type { DownstreamOwner, DownstreamStream, ResponseHead, Trailers } from '../../stack/http.ts';
import { grpcWebFormat } from './content-type.ts';
import { GrpcWebStream } from './grpc-web-stream.ts';

/** The client's codec: remembers what it was told to send. */
class Client implements DownstreamStream {
  readonly request = new H1RequestHead();
  owner: DownstreamOwner | undefined;
  readonly sent: Buffer[] = [];
  head: ResponseHead | undefined;
  ended: { readonly trailers: Trailers | undefined } | undefined;
  replied: readonly unknown[] | undefined;
  isAborted = false;

  constructor(contentType: string, ...lines: readonly string[]) {
    const type = `content-type: ${contentType}`;
    this.request.reset(
      ['POST /shop.Books/Get HTTP/1.1', 'host: books', type, 'content-length: 8', ...lines, '', ''].join(
        '\r\n',
      ),
    );
    assert.equal(parseRequestHead(this.request, this.request, DEFAULT_LIMITS), undefined);
  }

  receiveBody(): void {}
  pauseBody(): void {}
  resumeBody(): void {}
  sendInformational(): void {}
  flush(): void {}
  sendHead(head: ResponseHead): void {
    this.head = head;
  }
  sendData(chunk: Buffer): boolean {
    this.sent.push(Buffer.from(chunk));
    return this.sent.length < 3;
  }
  sendEnd(trailers: Trailers | undefined): void {
    this.ended = { trailers };
  }
  reply(...reply: readonly unknown[]): void {
    this.replied = reply;
  }
  abort(): void {
    this.isAborted = true;
  }
  get body(): Buffer {
    return Buffer.concat(this.sent);
  }
}

/** The exchange: remembers what it got. */
class Server implements DownstreamOwner {
  readonly got: Buffer[] = [];
  hasEnded = false;
  aborted: readonly unknown[] | undefined;

  onRequestData(chunk: Buffer): boolean {
    this.got.push(chunk);
    return false;
  }
  onRequestEnd(): void {
    this.hasEnded = true;
  }
  onRequestFlush(): void {}
  onDownstreamDrain(): void {}
  onDownstreamAbort(...abort: readonly unknown[]): void {
    this.aborted = abort;
  }
}

function translated(
  contentType: string,
  ...lines: readonly string[]
): {
  readonly client: Client;
  readonly server: Server;
  readonly stream: GrpcWebStream;
} {
  const client = new Client(contentType, ...lines);
  const server = new Server();
  client.owner = server;
  const format = grpcWebFormat(contentType);
  assert.ok(format);
  return { client, server, stream: new GrpcWebStream(client, format) };
}

function answer(...lines: readonly string[]): H1ResponseHead {
  const head = new H1ResponseHead();
  head.reset(['HTTP/1.1 200 OK', ...lines, '', ''].join('\r\n'));
  head.status = Number(parseResponseHead(head, DEFAULT_LIMITS));
  return head;
}

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const MESSAGE = bytes('\0\0\0\0\x02hi');
const STATUS: Trailers = [
  ['grpc-status', '0'],
  ['grpc-message', ''],
];
const STATUS_FRAME = bytes('\x80\0\0\0\x20grpc-status: 0\r\ngrpc-message: \r\n');

test('the request becomes gRPC: its type, trailers welcome, no length', () => {
  const { request } = translated('application/grpc-web+proto', 'x-grpc-web: 1').stream;
  assert.equal(request.header('content-type'), 'application/grpc+proto');
  assert.equal(request.header('content-length'), undefined);
  assert.equal(request.header('x-grpc-web'), '1');
  assert.ok(request.edits.acceptsTrailers);
});

test('bytes go through as they are, and the trailers are the last frame', () => {
  const { client, server, stream } = translated('application/grpc-web+proto');
  assert.equal(stream.onRequestData(MESSAGE), false, 'backpressure');
  stream.onRequestEnd(undefined);
  assert.deepEqual(server.got, [MESSAGE]);
  assert.ok(server.hasEnded);
  stream.sendHead(answer('content-type: application/grpc', 'content-length: 7'));
  assert.equal(client.head?.header('content-type'), 'application/grpc-web+proto');
  assert.equal(client.head?.header('content-length'), undefined);
  assert.equal(client.head?.contentLength, -1);
  stream.sendData(MESSAGE);
  stream.sendEnd(STATUS);
  assert.deepEqual(client.body, Buffer.concat([MESSAGE, STATUS_FRAME]));
  assert.deepEqual(client.ended, { trailers: undefined });
});

test('text is decoded in pieces, and each piece of the answer can be read when it is there', () => {
  const { client, server, stream } = translated('application/grpc-web-text');
  const text = MESSAGE.toString('base64');
  for (const letter of text) stream.onRequestData(bytes(letter));
  stream.onRequestEnd(undefined);
  assert.deepEqual(Buffer.concat(server.got), MESSAGE);
  stream.sendHead(answer('content-type: application/grpc+proto'));
  assert.equal(client.head?.header('content-type'), 'application/grpc-web-text+proto');
  stream.sendData(MESSAGE);
  stream.sendEnd(STATUS);
  assert.deepEqual(
    client.sent.map((part) => Buffer.from(part.toString('latin1'), 'base64')),
    [MESSAGE, STATUS_FRAME],
  );
});

test('a client that sends bytes may ask for text', () => {
  const { client, stream } = translated('application/grpc-web', 'accept: application/grpc-web-text');
  stream.sendHead(answer('content-type: application/grpc'));
  stream.sendData(MESSAGE);
  assert.equal(client.head?.header('content-type'), 'application/grpc-web-text+proto');
  assert.equal(client.body.toString('latin1'), MESSAGE.toString('base64'));
});

test('a Trailers-Only answer keeps its status in the head', () => {
  const { client, stream } = translated('application/grpc-web');
  stream.sendHead(answer('content-type: application/grpc', 'grpc-status: 5'));
  stream.sendEnd(undefined);
  assert.equal(client.head?.header('grpc-status'), '5');
  assert.equal(client.body.length, 0);
  assert.deepEqual(client.ended, { trailers: undefined });
});

test('an answer that is no gRPC goes to the client as it is', () => {
  const { client, stream } = translated('application/grpc-web-text');
  const head = answer('content-type: text/html', 'content-length: 2');
  stream.sendHead(head);
  stream.sendData(bytes('hi'));
  stream.sendEnd(undefined);
  assert.equal(client.head, head);
  assert.equal(head.header('content-length'), '2');
  assert.equal(client.body.toString(), 'hi');
});

test('an answer of the proxy itself has the content type of gRPC-Web', () => {
  const { client, stream } = translated('application/grpc-web-text');
  stream.reply(
    200,
    [
      ['content-type', 'application/grpc'],
      ['grpc-status', '14'],
    ],
    '',
  );
  assert.deepEqual(client.replied, [
    200,
    [
      ['content-type', 'application/grpc-web-text+proto'],
      ['grpc-status', '14'],
    ],
    '',
  ]);
});

test('what is not base64 is refused once: before the answer with 400, in the middle of it by breaking off', () => {
  const early = translated('application/grpc-web-text');
  early.stream.onRequestData(bytes('AA=A'));
  early.stream.onRequestData(bytes('%%%%'));
  assert.deepEqual(early.server.aborted, ['DPE', 'grpc_web_base64_malformed', 400]);
  assert.equal(early.client.replied?.[0], 400);
  assert.equal(early.client.owner, undefined);

  const late = translated('application/grpc-web-text');
  late.stream.sendHead(answer('content-type: application/grpc'));
  late.stream.onRequestData(bytes('AAAAA'));
  late.stream.onRequestEnd(undefined);
  assert.deepEqual(late.server.aborted, ['DPE', 'grpc_web_base64_malformed', 0]);
  assert.ok(late.client.isAborted);
});
