// The control plane's HTTP API as the CLI and the local mesh's launcher use it (packages/api control-plane-api).

import { Agent, request } from 'node:http';
import type {
  DetectedPort,
  EdgeRow,
  MeshStatus,
  ProxyStatus,
  StatRow,
  StoredResource,
} from '@weft/api/control-plane-api';
import type { ProxyConfig } from '@weft/api/proxy-config/types';
import type { Resource } from '@weft/api/resource';
import { UserError } from './user-error.ts';

export const DEFAULT_API = '127.0.0.1:15010';
const TIMEOUT_MS = 5000;

/** The API could not be reached, or answered with an error; the message says what to do. */
export class ApiError extends UserError {
  /** HTTP status; absent where no answer came. */
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}

export class ApiClient {
  readonly address: string;
  readonly #host: string;
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 2 });

  /** `address`: `host:port`. */
  constructor(address: string) {
    const url = URL.parse(`http://${address}`);
    if (!url)
      throw new UserError(`"${address}" is not an address: write host:port, such as ${DEFAULT_API}`, 2);
    this.address = address;
    this.#host = url.hostname.replace(/^\[|\]$/g, '');
    this.#port = Number(url.port || 80);
  }

  status(): Promise<MeshStatus> {
    return this.#get('/api/v1/status');
  }

  stat(): Promise<StatRow[]> {
    return this.#get('/api/v1/stat');
  }

  edges(): Promise<EdgeRow[]> {
    return this.#get('/api/v1/edges');
  }

  detected(): Promise<DetectedPort[]> {
    return this.#get('/api/v1/detected');
  }

  proxies(): Promise<ProxyStatus[]> {
    return this.#get('/api/v1/proxies');
  }

  resources(filter: { kind?: string; namespace?: string; name?: string }): Promise<StoredResource[]> {
    const query = new URLSearchParams(Object.entries(filter).filter(([, value]) => value !== undefined));
    return this.#get(`/api/v1/resources?${query}`);
  }

  proxyConfig(namespace: string, pod: string): Promise<ProxyConfig> {
    return this.#get(`/api/v1/proxies/${encodeURIComponent(namespace)}/${encodeURIComponent(pod)}/config`);
  }

  async putPods(pods: readonly Resource[], secret: string): Promise<void> {
    await this.#send('PUT', '/api/v1/local/pods', { body: JSON.stringify(pods), secret });
  }

  close(): void {
    this.#agent.destroy();
  }

  async #get<T>(path: string): Promise<T> {
    return JSON.parse(await this.#send('GET', path)) as T;
  }

  #send(method: string, path: string, options: { body?: string; secret?: string } = {}): Promise<string> {
    const { body, secret } = options;
    const headers = {
      accept: 'application/json',
      ...(body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }),
    };
    return new Promise((resolve, reject) => {
      const target = { host: this.#host, port: this.#port, agent: this.#agent };
      const outgoing = request({ ...target, method, path, headers, timeout: TIMEOUT_MS }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', (error) => reject(this.#unreachable(error)));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const status = response.statusCode ?? 0;
          if (status >= 200 && status < 300) resolve(text);
          else reject(new ApiError(errorText(text) ?? `${path} answered ${status}`, status));
        });
      });
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)));
      outgoing.on('error', (error) => reject(this.#unreachable(error)));
      outgoing.end(body);
    });
  }

  #unreachable(error: NodeJS.ErrnoException): ApiError {
    if (error.code !== 'ECONNREFUSED') {
      return new ApiError(`the control plane at ${this.address} cannot be reached: ${error.message}`);
    }
    return new ApiError(
      `no mesh at ${this.address}: start one with \`weft up FOLDER\`, or name it with --api`,
    );
  }
}

function errorText(body: string): string | undefined {
  try {
    const { error } = JSON.parse(body) as { error?: unknown };
    return typeof error === 'string' ? error : undefined;
  } catch {
    return undefined;
  }
}
