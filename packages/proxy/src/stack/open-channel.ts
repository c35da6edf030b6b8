// Opens a channel of bytes to one of a cluster's endpoints: another is tried where one can not be reached.

import type { ResponseFlag } from '@weft/common/response-flag';
import type { ByteChannel } from '../transport/byte-channel.ts';
import type { UpstreamCluster } from '../upstream/cluster.ts';
import type { UpstreamEndpoint } from '../upstream/endpoint.ts';

/** `endpoint.active` counts the channel from here on; whoever has it counts it off. */
export interface OpenedChannel {
  readonly kind: 'open';
  readonly endpoint: UpstreamEndpoint;
  readonly channel: ByteChannel;
}

export interface NoChannel {
  readonly kind: 'refused';
  readonly flag: ResponseFlag;
  readonly details: string;
}

/** Where a connection of bytes gets its other side. */
export interface ChannelSource {
  readonly cluster: UpstreamCluster;
  /** `done` is called once. The answer cancels: `done` is not called after it. */
  open(done: (result: OpenedChannel | NoChannel) => void): () => void;
}

/** Endpoints that are tried before the connection is given up. */
const MAX_ATTEMPTS = 3;

/** `isTls`: what will be carried is TLS already. */
export function toCluster(cluster: UpstreamCluster, isTls = false): ChannelSource {
  return { cluster, open: (done) => openChannel(cluster, done, isTls) };
}

export function openChannel(
  cluster: UpstreamCluster,
  done: (result: OpenedChannel | NoChannel) => void,
  isTls = false,
): () => void {
  let giveUp = (): void => {};

  const attempt = (number: number, endpoint: UpstreamEndpoint | undefined): void => {
    if (endpoint === undefined) {
      done({ kind: 'refused', flag: 'UH', details: 'no_healthy_upstream' });
      return;
    }
    endpoint.active++;
    let isSettled = false;
    const cancel = endpoint.channels.open((result) => {
      isSettled = true;
      giveUp = () => {};
      if (result.kind === 'open') {
        done({ kind: 'open', endpoint, channel: result.channel });
        return;
      }
      endpoint.active--;
      // What a policy denies here it denies everywhere.
      if (result.refusal !== 403 && number < MAX_ATTEMPTS)
        return attempt(number + 1, cluster.pickOther(endpoint));
      done({ kind: 'refused', flag: 'UF', details: `upstream_connection_failure{${result.reason}}` });
    }, isTls);
    if (isSettled) return;
    giveUp = () => {
      cancel();
      endpoint.active--;
    };
  };
  attempt(1, cluster.pick());
  return () => giveUp();
}
