// Who speaks first on a connection that may be anything. The client's first bytes are waited for while the server is
// dialled: a server that speaks first (MySQL, SMTP …) is heard without a pause, and its connection is bytes.
//
// No byte of the client goes anywhere before it is known what it is, unless the server has spoken before.

import type { Socket } from 'node:net';
import type { ProxyContext } from '../proxy-context.ts';
import type { NoChannel } from '../stack/open-channel.ts';
import type { UpstreamCluster } from '../upstream/cluster.ts';
import { EarlyServer } from './early-server.ts';
import { firstBytes } from './first-bytes.ts';

/** The server that a silent client gets, after so long; or why it gets none. */
export type SilentClientServer =
  | { readonly kind: 'dial'; readonly cluster: UpstreamCluster; readonly afterMs: number }
  | NoChannel;

export type FirstSpeaker<T> =
  /**
   * `spoken` undefined: it ended before that could be told. `server`: dialled meanwhile; has to be opened or cancelled.
   */
  | { readonly kind: 'client'; readonly spoken: T | undefined; readonly server: EarlyServer | undefined }
  /** It spoke (`server.hasSpoken`), or ended without a word. Has to be opened or cancelled. */
  | { readonly kind: 'server'; readonly server: EarlyServer }
  /** The server can not be reached, and the client has nothing to say: it waits for what will not come. */
  | { readonly kind: 'unreachable'; readonly reason: NoChannel };

/** A client that is silent for so long after its server could not be reached waits for that. */
const UNREACHABLE_MS = 1_000;

/** Calls `done` once, unless the client is gone before. */
export function firstSpeaker<T>(
  client: Socket,
  silent: SilentClientServer | undefined,
  proxy: Pick<ProxyContext, 'track' | 'untrack'>,
  look: (bytes: Buffer) => T | undefined,
  done: (speaker: FirstSpeaker<T>) => void,
): void {
  let server: EarlyServer | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const finish = (speaker: FirstSpeaker<T>): void => {
    isOver = true;
    clearTimeout(timer);
    if (speaker.kind !== 'client') stopClient();
    done(speaker);
  };
  const stopClient = firstBytes(client, proxy, look, (spoken) => finish({ kind: 'client', spoken, server }));
  const onUnreachable = (reason: NoChannel): void => {
    if (!isOver) timer = setTimeout(() => finish({ kind: 'unreachable', reason }), UNREACHABLE_MS);
  };
  if (silent === undefined || isOver) return;
  if (silent.kind === 'refused') return onUnreachable(silent);
  const { cluster, afterMs } = silent;
  const dial = (): void => {
    if (isOver) return;
    const early = new EarlyServer(cluster, {
      onServer: () => {
        if (!isOver) finish({ kind: 'server', server: early });
      },
      onUnreachable,
    });
    server = early;
    early.dial();
  };
  if (afterMs === 0) dial();
  // Not in the timer's turn: what the client has said meanwhile is read after it.
  else timer = setTimeout(() => setImmediate(dial), afterMs);
}
