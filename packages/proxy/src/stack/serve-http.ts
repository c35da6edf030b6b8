// Serves HTTP on an accepted connection, by the version that its client speaks.

import type { Socket } from 'node:net';
import type { Drainable } from '../proxy-context.ts';
import type { ConnectionContext } from './connection-context.ts';
import type { HttpService } from './exchange.ts';
import type { HttpVersion } from './http.ts';
import { Http1Session } from './http1-session.ts';
import { Http2Session } from './http2-session.ts';

/** `service` is asked for each request. The answer can be drained, and is what `onClose` is called with at the end. */
export function serveHttp(
  socket: Socket,
  version: HttpVersion,
  context: ConnectionContext,
  service: HttpService,
  onClose: (session: Drainable) => void,
): Drainable {
  switch (version) {
    case 'http1':
      return new Http1Session(socket, context, service, onClose);
    case 'http2':
      return new Http2Session(socket, context, service, onClose);
  }
}
