// curl: what it is asked to do, and what has to come of it.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CheckFailed } from '../checks.ts';
import type { Setting } from '../part.ts';
import { digestOfBytes } from './origin.ts';

/** Of a large body. */
const LARGE = 100_000_000;
export const PRIOR_KNOWLEDGE = '--http2-prior-knowledge';
const CURL = ['--silent', '--show-error', '--fail', '--max-time', '60'];

async function curl({ programs }: Setting, args: readonly string[]): Promise<{ output: string; ms: number }> {
  const { code, output, ms } = await programs.run({
    file: 'curl',
    args: [...CURL, ...args],
    limitMs: 90_000,
  });
  if (code !== 0) throw new CheckFailed(`curl ended with ${code}`, output.trimEnd().split('\n').slice(-5));
  return { output, ms };
}

/** `version`: curl's option for it. */
export async function curlGet(setting: Setting, port: number, version: string): Promise<string> {
  const url = `http://127.0.0.1:${port}/a/path?q=1`;
  const write = ['--write-out', '%{http_version} %{http_code}'];
  const { output } = await curl(setting, [version, '--data', 'a body', ...write, url]);
  const [answer = '', told = ''] = output.split('\n');
  const { bytes, version: upstream, url: received } = JSON.parse(answer);
  if (bytes !== 6 || received !== '/a/path?q=1') throw new CheckFailed(`the origin received ${answer}`);
  const wanted = version === PRIOR_KNOWLEDGE ? '2 200' : '1.1 200';
  if (told !== wanted) throw new CheckFailed(`HTTP version and status ${told} instead of ${wanted}`);
  return `HTTP/${told.split(' ')[0]} here, HTTP/${upstream} at the origin`;
}

export async function download(setting: Setting, port: number, version: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'weft-interop-'));
  try {
    const file = join(folder, 'body');
    const url = `http://127.0.0.1:${port}/bytes/${LARGE}`;
    const { ms } = await curl(setting, [version, '--output', file, url]);
    const digest = await digestOfFile(file);
    if (digest !== digestOfBytes(LARGE)) throw new CheckFailed(`other bytes came: SHA-256 ${digest}`);
    return `same SHA-256, ${rate(ms)}`;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export async function upload(
  setting: Setting,
  port: number,
  version: string,
  file: LargeFile,
): Promise<string> {
  const url = `http://127.0.0.1:${port}/digest`;
  const { output, ms } = await curl(setting, [version, '--request', 'POST', '--upload-file', file.path, url]);
  const { digest, bytes } = JSON.parse(output);
  if (digest !== file.digest) throw new CheckFailed(`${bytes} bytes of SHA-256 ${digest} arrived`);
  return `same SHA-256, ${rate(ms)}`;
}

function rate(ms: number): string {
  return `${(LARGE / 1e6 / (ms / 1000)).toFixed(0)} MB/s`;
}

export interface LargeFile extends AsyncDisposable {
  readonly path: string;
  readonly digest: string;
}

/** 100 MB that no two blocks of are the same. */
export async function makeLargeFile(): Promise<LargeFile> {
  const folder = await mkdtemp(join(tmpdir(), 'weft-interop-'));
  const path = join(folder, 'body');
  const file = await open(path, 'w');
  for (let at = 0; at < LARGE; at += 1_000_000) {
    await file.write(Buffer.alloc(1_000_000, createHash('sha256').update(String(at)).digest()));
  }
  await file.close();
  return {
    path,
    digest: await digestOfFile(path),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** HTTP/2 inside TLS of the applications' own, which has to be the server's to the end: `certificate` is its only root. */
export async function curlTls(setting: Setting, port: number, certificate: string): Promise<string> {
  const options = [
    '--http2',
    '--cacert',
    certificate,
    '--ipv4',
    '--write-out',
    '%{http_version} %{http_code}',
  ];
  const { output } = await curl(setting, [...options, '--data', 'a body', `https://localhost:${port}/`]);
  const [answer = '', told = ''] = output.split('\n');
  const { bytes, version } = JSON.parse(answer);
  if (bytes !== 6 || told !== '2 200') throw new CheckFailed(`${told}: the origin received ${answer}`);
  return `HTTP/${version} by ALPN, with the origin’s certificate`;
}

async function digestOfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}
