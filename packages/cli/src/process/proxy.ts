// A proxy's process: from its file to its end by a signal.

import { readFile } from 'node:fs/promises';
import type { ProxyBootstrap } from '@weft/api/proxy-config/bootstrap';
import { Log } from '@weft/common/logger/logger';
import { InvalidConfigError, startMesh, startStatic } from '@weft/proxy/main';
import package_ from '../../package.json' with { type: 'json' };
import { UserError } from '../user-error.ts';
import { toldToEnd } from './signals.ts';

/** On SIGINT, what is under way has so long. */
const SOON_MS = 500;

/** `static`: a StaticConfig in YAML or JSON. `mesh`: a ProxyBootstrap in JSON. */
export interface ProxySource {
  readonly kind: 'static' | 'mesh';
  readonly file: string;
}

/** Runs until a signal, then drains; returns the exit code. @throws UserError where it cannot start. */
export async function runProxy({ kind, file }: ProxySource): Promise<number> {
  const ended = toldToEnd();
  const value = await parse(file);
  const options = { log: new Log(), version: package_.version };
  const starting =
    kind === 'mesh' ? startMesh(value as ProxyBootstrap, options) : startStatic(value, { ...options, file });
  const running = await starting.catch((error: Error) => {
    if (!(error instanceof InvalidConfigError)) throw new UserError(error.message);
    throw new UserError(error.message.replaceAll(/^/gm, `${file}: `));
  });
  const signal = await ended;
  // Ctrl-C: whoever watches wants it to end, and so do its peers of a local mesh.
  await running.drain(signal === 'SIGINT' ? SOON_MS : undefined);
  return 0;
}

async function parse(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UserError(error.code === 'ENOENT' ? `${file}: no such file` : `${file}: ${error.message}`);
  });
  try {
    return JSON.parse(text);
  } catch {
    // A sidecar's file is JSON; the YAML parser is only loaded for what people write.
    const { parse: parseYaml } = await import('yaml');
    try {
      return parseYaml(text);
    } catch (error) {
      throw new UserError(`${file}: ${(error as Error).message}`);
    }
  }
}
