// A client that stays silent may wait for the server to speak (MySQL, SMTP …). Nothing can be told from its bytes
// then, so the server is asked: it is dialled, and if it speaks first, the connection is bytes and no HTTP.

import type { Socket } from 'node:net';
import { peek } from '../detect/peek.ts';
import type { ProxyContext } from '../proxy-context.ts';
import { abort } from '../transport/abort.ts';
import type { UpstreamCluster } from '../upstream/cluster.ts';
import type { UpstreamEndpoint } from '../upstream/endpoint.ts';
import { firstBytes } from './first-bytes.ts';

/** A client that means to speak first has mostly done so by then. */
const SILENCE_MS = 20;

export type FirstSpeaker<T> =
  /** `spoken` undefined: it ended before that could be told. */
  | { readonly kind: 'client'; readonly spoken: T | undefined }
  /** `socket`: the connection to `endpoint` that it spoke on, its bytes unread. It may also have ended there. */
  | { readonly kind: 'server'; readonly endpoint: UpstreamEndpoint; readonly socket: Socket };

/** Calls `done` once with who spoke first. A server that can not be reached leaves the word to the client. */
export function firstSpeaker<T>(
  client: Socket,
  server: UpstreamCluster,
  proxy: Pick<ProxyContext, 'track' | 'untrack' | 'dial'>,
  look: (bytes: Buffer) => T | undefined,
  done: (speaker: FirstSpeaker<T>) => void,
): void {
  let giveUp = (): void => {};
  const stopClient = firstBytes(client, proxy, look, (spoken) => {
    clearTimeout(timer);
    giveUp();
    done({ kind: 'client', spoken });
  });
  const timer = setTimeout(() => {
    const endpoint = server.pick();
    if (endpoint === undefined) return;
    giveUp = proxy.dial(endpoint.config, 'tcp', server.config.connectTimeoutMs, (result) => {
      if (result.kind === 'failed') return;
      const { socket } = result;
      socket.on('error', ignoreError);
      const stopServer = peek(
        socket,
        () => true,
        () => {
          stopClient();
          done({ kind: 'server', endpoint, socket });
        },
      );
      giveUp = () => {
        stopServer();
        // A reset: a proxy on the other side need not take an end without a word for a message.
        abort(socket);
      };
    });
  }, SILENCE_MS);
}

function ignoreError(): void {
  // `close` follows.
}
