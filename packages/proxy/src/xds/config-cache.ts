// The last good resources on disk: what a proxy that starts while the control plane is away serves by. One JSON
// object a line, `{"type","name","version","value"}`, the file replaced whole by rename.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ResourceType } from '@weft/api/proxy-config/types';
import type { Logger } from '@weft/common/logger/logger';
import { replacePrivateFile } from '@weft/common/private-file';

export interface CachedResource {
  readonly version: string;
  /** JSON text in UTF-8. */
  readonly json: Uint8Array;
}

export interface ConfigCacheOptions {
  /** The bootstrap's cacheDir; made with mode 0700 where it is missing. */
  readonly directory: string;
  readonly log: Logger;
  /** Changes within so long are one write. Default 500 ms. */
  readonly debounceMs?: number;
}

interface Line {
  readonly type: ResourceType;
  readonly name: string;
  readonly version: string;
  readonly value: unknown;
}

const DEFAULT_DEBOUNCE_MS = 500;

export class ConfigCache implements AsyncDisposable {
  readonly #file: string;
  readonly #log: Logger;
  readonly #debounceMs: number;
  /** By `keyOf`. What was kept stays until it is replaced or removed, also when nobody has asked for it yet. */
  readonly #resources: Map<string, CachedResource>;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  /** Reads what was kept; a file that can not be read is reported and begun anew. */
  constructor({ directory, log, debounceMs = DEFAULT_DEBOUNCE_MS }: ConfigCacheOptions) {
    this.#file = join(directory, 'config.ndjson');
    this.#log = log;
    this.#debounceMs = debounceMs;
    this.#resources = this.#read();
  }

  get(type: ResourceType, name: string): CachedResource | undefined {
    return this.#resources.get(keyOf(type, name));
  }

  /** Keeps a resource that was accepted. */
  put(type: ResourceType, name: string, resource: CachedResource): void {
    if (this.#resources.get(keyOf(type, name))?.version === resource.version) return;
    // A copy: the bytes are a view of a whole response, which would live as long.
    const json = Uint8Array.from(resource.json);
    this.#resources.set(keyOf(type, name), { version: resource.version, json });
    this.#schedule();
  }

  remove(type: ResourceType, name: string): void {
    if (this.#resources.delete(keyOf(type, name))) this.#schedule();
  }

  /** Writes what waits to be written. */
  async close(): Promise<void> {
    if (this.#timer !== undefined) this.#write();
    await this.#writing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => this.#write(), this.#debounceMs).unref();
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const content = this.#content();
    this.#writing = this.#writing
      .then(() => replacePrivateFile(this.#file, content))
      .catch((error) => this.#log.warn('the configuration could not be kept for a restart', { error }));
  }

  #content(): Buffer {
    const parts: Uint8Array[] = [];
    for (const [key, { version, json }] of this.#resources) {
      const [type, name] = partsOf(key);
      const head = JSON.stringify({ type, name, version }).slice(0, -1);
      // The value goes in as it came: it is JSON already.
      parts.push(Buffer.from(`${head},"value":`), json, Buffer.from('}\n'));
    }
    return Buffer.concat(parts);
  }

  #read(): Map<string, CachedResource> {
    const resources = new Map<string, CachedResource>();
    try {
      for (const text of readFileSync(this.#file, 'utf8').split('\n')) {
        if (text === '') continue;
        const { type, name, version, value } = JSON.parse(text) as Line;
        resources.set(keyOf(type, name), { version, json: Buffer.from(JSON.stringify(value)) });
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return resources;
      const reason = (error as Error).message;
      this.#log.warn('the kept configuration is not used', { file: this.#file, reason });
      return new Map();
    }
    return resources;
  }
}

/** Types hold no space. */
function keyOf(type: ResourceType, name: string): string {
  return `${type} ${name}`;
}

function partsOf(key: string): [type: string, name: string] {
  const space = key.indexOf(' ');
  return [key.slice(0, space), key.slice(space + 1)];
}
