// Two ends of mesh mTLS over a real socket, and what each of them came to know.

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { createCsr, generateWorkloadKey, privateKeyPem } from '@weft/proxy/identity/csr';
import { createMeshClient, type MeshConnectResult } from '@weft/proxy/identity/mesh-client';
import { fixedIdentity, type IdentitySource, meshIdentity } from '@weft/proxy/identity/mesh-identity';
import type { MeshPeer, PeerRefusal } from '@weft/proxy/identity/mesh-peer';
import { createMeshServer } from '@weft/proxy/identity/mesh-server';
import { MESH_ALPN, type MeshProtocol } from '@weft/proxy/identity/tls-context';
import type { TestMesh } from '../xds/mesh.ts';

/** A workload's identity, signed as the control plane signs it. */
export async function workload(
  mesh: TestMesh,
  serviceAccount: string,
  ttlMs?: number,
): Promise<IdentitySource> {
  const key = generateWorkloadKey();
  const who = {
    kind: 'identity' as const,
    namespace: 'bookshop',
    serviceAccount,
    pod: `${serviceAccount}-0`,
    workload: { namespace: 'bookshop', name: serviceAccount, app: 'app, of "odd" name', version: 'v1' },
  };
  const signed = await mesh.ca.sign(createCsr(key), who, ttlMs === undefined ? {} : { ttlMs });
  if (signed.kind === 'refused') throw new Error(signed.message);
  const { chain } = signed;
  return fixedIdentity(meshIdentity({ privateKey: privateKeyPem(key), chain, roots: mesh.ca.roots }));
}

/** What the server made of a connection. */
export type ServerVerdict =
  | { readonly kind: 'admitted'; readonly peer: MeshPeer; readonly protocol: MeshProtocol }
  | PeerRefusal;

/** A mesh server on a free port that answers each chunk with itself. */
export class EchoServer implements AsyncDisposable {
  readonly port: number;
  readonly #stack = new AsyncDisposableStack();
  readonly #verdicts: ServerVerdict[] = [];
  #waiting: (() => void) | undefined;

  static async start(identity: IdentitySource): Promise<EchoServer> {
    const listener = createServer();
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return new EchoServer(identity, listener);
  }

  private constructor(identity: IdentitySource, listener: ReturnType<typeof createServer>) {
    this.port = (listener.address() as AddressInfo).port;
    // Disposed in reverse: first the sockets, since the listener waits for them.
    this.#stack.defer(async () => {
      listener.close();
      await once(listener, 'close');
    });
    const mesh = this.#stack.use(
      createMeshServer(identity, {
        onConnection: (socket, peer, protocol) => {
          this.#judged({ kind: 'admitted', peer, protocol });
          socket.on('data', (chunk) => socket.write(chunk));
          this.#stack.defer(() => void socket.destroy());
        },
        onRefused: (refusal) => this.#judged(refusal),
      }),
    );
    listener.on('connection', (socket) => {
      socket.on('error', () => {});
      this.#stack.defer(() => void socket.destroy());
      mesh.accept(socket);
    });
  }

  /** The verdict on the next connection that nobody has asked about. */
  async verdict(): Promise<ServerVerdict> {
    for (;;) {
      const verdict = this.#verdicts.shift();
      if (verdict !== undefined) return verdict;
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }

  #judged(verdict: ServerVerdict): void {
    this.#verdicts.push(verdict);
    this.#waiting?.();
  }
}

/** Connects, and closes what came of it. */
export async function connectOnce(
  identity: IdentitySource,
  port: number,
  expectedIdentity: string,
  use: (socket: TLSSocket) => Promise<void> = async () => {},
): Promise<MeshConnectResult> {
  await using client = createMeshClient(identity);
  const result = await new Promise<MeshConnectResult>((resolve) => {
    client.connect({ to: { host: '127.0.0.1', port }, expectedIdentity, alpn: MESH_ALPN.http1 }, resolve);
  });
  if (result.kind === 'connected') {
    await use(result.socket);
    result.socket.destroy();
  }
  return result;
}

/** Sends a word and waits for its echo. */
export async function echo(socket: TLSSocket, word: string): Promise<string> {
  socket.write(word);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  return answer.toString();
}

/** When the other side has closed it, in whatever way. */
export function closed(socket: TLSSocket): Promise<void> {
  return new Promise((resolve) => {
    socket.on('error', () => {}).once('close', () => resolve());
  });
}
