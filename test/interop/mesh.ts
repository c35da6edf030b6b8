// Weft as the suite's tools meet it: proxies in processes of their own, from files of static mode.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildBundle } from '@weft/cli/local/build';
import { scratchFolder } from '../install/folders.ts';
import { filesOf, TestCertificates } from '../mtls/certificates.ts';
import { freePort, type Programs, type Running } from './programs.ts';

/** As ProxyConfig has it; `detect` is what a port gets that nobody declared. */
export type Protocol = 'http' | 'http2' | 'grpc' | 'tcp' | 'tls' | 'detect';

/** Proxies between a client and a server. */
export interface Mesh extends AsyncDisposable {
  /** Where the client connects. */
  readonly port: number;
  /** Proxies that ended although nobody asked them to. */
  crashed(): readonly Running[];
}

const APP = 'interop/app:80';
const SERVICE = { namespace: 'interop', name: 'app' };

export class Meshes implements AsyncDisposable {
  readonly #programs: Programs;
  readonly #bundle: string;
  readonly #certificates: TestCertificates;
  #started = 0;

  static async create(programs: Programs): Promise<Meshes> {
    const bundle = await buildBundle(scratchFolder('interop', 'build'));
    return new Meshes(programs, bundle, await TestCertificates.create());
  }

  private constructor(programs: Programs, bundle: string, certificates: TestCertificates) {
    this.#programs = programs;
    this.#bundle = bundle;
    this.#certificates = certificates;
  }

  /** One proxy, plain text: the caller's side. */
  async outbound(serverPort: number, protocol: Protocol): Promise<Mesh> {
    const { running, port } = await this.#proxy('outbound', (port) =>
      outboundSide(port, serverPort, protocol),
    );
    return this.#mesh(port, [running]);
  }

  /** One proxy, plain text: the server's side. */
  async inbound(serverPort: number, protocol: Protocol): Promise<Mesh> {
    const { running, port } = await this.#proxy('inbound', (port) =>
      inboundSide(port, serverPort, protocol, 'PERMISSIVE'),
    );
    return this.#mesh(port, [running]);
  }

  /** Two sidecars with nothing but the applications' own bytes between them. */
  async plainSidecars(serverPort: number, protocol: Protocol): Promise<Mesh> {
    const inbound = await this.inbound(serverPort, protocol);
    const outbound = await this.outbound(inbound.port, protocol);
    return {
      port: outbound.port,
      crashed: () => [...inbound.crashed(), ...outbound.crashed()],
      async [Symbol.asyncDispose]() {
        await outbound[Symbol.asyncDispose]();
        await inbound[Symbol.asyncDispose]();
      },
    };
  }

  /** Two sidecars with mutual TLS between them; nobody else is let in. */
  async sidecars(serverPort: number, protocol: Protocol): Promise<Mesh> {
    const [client, server] = [
      await this.#certificates.issue('interop/client'),
      await this.#certificates.issue('interop/app'),
    ];
    const inbound = await this.#proxy('sidecar-in', (port) => ({
      ...inboundSide(port, serverPort, protocol, 'STRICT'),
      identity: filesOf(server),
    }));
    const outbound = await this.#proxy('sidecar-out', (port) => ({
      ...outboundSide(port, inbound.port, protocol, server.uri),
      identity: filesOf(client),
    }));
    return this.#mesh(outbound.port, [inbound.running, outbound.running]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#certificates[Symbol.asyncDispose]();
  }

  #mesh(port: number, proxies: readonly Running[]): Mesh {
    return {
      port,
      crashed: () => proxies.filter((proxy) => proxy.hasEnded()),
      [Symbol.asyncDispose]: async () => {
        await Promise.all(proxies.map((proxy) => this.#programs.end(proxy)));
      },
    };
  }

  async #proxy(
    kind: string,
    config: (port: number) => object,
  ): Promise<{ readonly running: Running; readonly port: number }> {
    const name = `${this.#started++}-${kind}`;
    const port = await freePort();
    const file = join(scratchFolder('interop', 'config'), `${name}.json`);
    writeFileSync(file, JSON.stringify(config(port), null, 1));
    const command = {
      file: process.execPath,
      args: ['--disable-warning=ExperimentalWarning', this.#bundle, 'proxy', '--config', file],
      environment: { NODE_COMPILE_CACHE: scratchFolder('interop', 'compile-cache') },
    };
    return { running: await this.#programs.start(name, command, port), port };
  }
}

function outboundSide(port: number, serverPort: number, protocol: Protocol, identity?: string): object {
  const backends = [{ cluster: APP }];
  const isHttp = protocol === 'http' || protocol === 'http2' || protocol === 'grpc';
  const isBytes = protocol === 'tcp' || protocol === 'tls';
  return {
    listeners: [{ name: 'out', port, outbound: APP }],
    outbounds: [
      {
        name: APP,
        protocol,
        ...(isBytes ? {} : { rules: [{ ref: 'Service/interop/app', index: 0, backends }] }),
        ...(isHttp ? {} : { tcpRules: [{ ref: 'Service/interop/app', index: 0, backends }] }),
      },
    ],
    clusters: [{ name: APP, protocol, service: SERVICE }],
    endpoints: [
      {
        name: APP,
        endpoints: [{ address: '127.0.0.1', port: serverPort, ...(identity !== undefined && { identity }) }],
      },
    ],
    telemetry: { accessLog: { mode: 'errors' } },
  };
}

function inboundSide(port: number, serverPort: number, protocol: Protocol, mode: string): object {
  return {
    listeners: [{ name: 'in', port, inbound: 80 }],
    inbound: {
      name: 'interop/app-0',
      ports: [{ port: 80, protocol, app: { port: serverPort }, mtls: { mode }, service: SERVICE }],
    },
    telemetry: { accessLog: { mode: 'errors' } },
  };
}
