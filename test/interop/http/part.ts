// curl, nghttp and h2load: HTTP/1.1 and HTTP/2 in every combination on both sides, large bodies, many streams.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onPath } from '../../install/debian.ts';
import { scratchFolder } from '../../install/folders.ts';
import { CheckFailed } from '../checks.ts';
import type { Mesh } from '../mesh.ts';
import type { Part, Setting } from '../part.ts';
import { freePort } from '../programs.ts';
import { through } from '../through.ts';
import { curlGet, curlTls, download, makeLargeFile, PRIOR_KNOWLEDGE, upload } from './curl.ts';
import { parseH2load } from './h2load.ts';
import { type HttpOrigin, startHttpOrigin, startTlsOrigin } from './origin.ts';

export const http: Part = {
  name: 'http',
  title: 'curl, nghttp and h2load as clients, nghttpd as one of the servers; 100 MB are compared by SHA-256',
  debian: [
    onPath('curl', 'curl'),
    onPath('nghttp', 'nghttp2-client'),
    onPath('h2load', 'nghttp2-client'),
    onPath('nghttpd', 'nghttp2-server'),
  ],

  async run(setting) {
    const { checks, meshes } = setting;
    await using origin = await startHttpOrigin();
    await using file = await makeLargeFile();
    const mesh = (
      name: string,
      start: () => Promise<Mesh>,
      work: (port: number) => Promise<string>,
    ): Promise<void> => through(checks, name, start, work);
    const sidecars = (port: number) => () => meshes.sidecars(port, 'http');

    for (const { name, version, start } of combinations(setting, origin)) {
      await mesh(`curl, ${name}`, start, (port) => curlGet(setting, port, version));
    }
    await mesh('nghttp, 3 streams with trailers, two sidecars', sidecars(origin.http2), (port) =>
      nghttp(setting, port),
    );
    await mesh('h2load, 10 connections of 100 streams, two sidecars', sidecars(origin.http2), (port) =>
      h2load(setting, port, ['-n', '20000', '-c', '10', '-m', '100']),
    );
    await mesh(
      'h2load, HTTP/1.1 origin, static proxy',
      () => meshes.outbound(origin.http1, 'http'),
      (port) => h2load(setting, port, ['-n', '5000', '-c', '5', '-m', '50']),
    );
    await mesh('h2load, 1 MB bodies on 20 streams, two sidecars', sidecars(origin.http2), (port) =>
      h2load(setting, port, ['-n', '200', '-c', '2', '-m', '10'], '/bytes/1000000'),
    );
    const nghttpd = await startNghttpd(setting);
    await mesh('h2load, 1 MB bodies of nghttpd on 20 streams, two sidecars', sidecars(nghttpd), (port) =>
      h2load(setting, port, ['-n', '200', '-c', '2', '-m', '10'], '/body'),
    );
    await using tls = await startTlsOrigin();
    await mesh(
      'curl, TLS of the origin’s own, undeclared port, two sidecars',
      () => meshes.sidecars(tls.port, 'detect'),
      (port) => curlTls(setting, port, tls.certificate),
    );
    for (const [name, version, port] of [
      ['HTTP/2', PRIOR_KNOWLEDGE, origin.http2],
      ['HTTP/1.1', '--http1.1', origin.http1],
    ] as const) {
      await checks.compare(`curl, 100 MB down, ${name}, directly`, () => download(setting, port, version));
      await checks.compare(`curl, 100 MB up, ${name}, directly`, () => upload(setting, port, version, file));
      await mesh(`curl, 100 MB down, ${name}, two sidecars`, sidecars(port), (port) =>
        download(setting, port, version),
      );
      await mesh(`curl, 100 MB up, ${name}, two sidecars`, sidecars(port), (port) =>
        upload(setting, port, version, file),
      );
    }
  },
};

interface Combination {
  readonly name: string;
  readonly version: string;
  readonly start: () => Promise<Mesh>;
}

/** What the client speaks, and what the origin is declared to speak. */
function combinations({ meshes }: Setting, { http1, http2 }: HttpOrigin): readonly Combination[] {
  return [
    {
      name: 'HTTP/2 to HTTP/2, two sidecars',
      version: PRIOR_KNOWLEDGE,
      start: () => meshes.sidecars(http2, 'http'),
    },
    {
      name: 'HTTP/2 to HTTP/2, undeclared port, two sidecars',
      version: PRIOR_KNOWLEDGE,
      start: () => meshes.sidecars(http2, 'detect'),
    },
    {
      name: 'HTTP/2 to HTTP/1.1, two sidecars',
      version: PRIOR_KNOWLEDGE,
      start: () => meshes.sidecars(http1, 'http'),
    },
    {
      name: 'HTTP/1.1 to declared HTTP/2, two sidecars',
      version: '--http1.1',
      start: () => meshes.sidecars(http2, 'http2'),
    },
    {
      name: 'HTTP/1.1 to HTTP/1.1, undeclared port, two sidecars',
      version: '--http1.1',
      start: () => meshes.sidecars(http1, 'detect'),
    },
    {
      // `Upgrade: h2c` is of RFC 7540 and not for proxies to pass on (RFC 9113 3.1): answered over HTTP/1.1.
      name: 'asking to upgrade to h2c, two sidecars',
      version: '--http2',
      start: () => meshes.sidecars(http1, 'http'),
    },
  ];
}

async function nghttp({ programs }: Setting, port: number): Promise<string> {
  const urls = ['/1', '/2', '/3'].map((path) => `http://127.0.0.1:${port}${path}`);
  const { code, output } = await programs.run({
    file: 'nghttp',
    args: ['--verbose', '--trailer', 'x-checksum: 1', '--data', import.meta.filename, ...urls],
  });
  const statuses = output.match(/:status: 200$/gm)?.length ?? 0;
  const trailers = output.match(/"x-checksum":"1"/g)?.length ?? 0;
  if (code !== 0 || statuses !== 3 || trailers !== 3) {
    const message = `exit code ${code}, ${statuses} of 3 answers, ${trailers} of 3 requests with their trailer`;
    throw new CheckFailed(message, output.split('\n').slice(-10));
  }
  return '3 answers, request trailers passed on';
}

async function h2load(
  { programs }: Setting,
  port: number,
  load: readonly string[],
  path = '/',
): Promise<string> {
  const url = `http://127.0.0.1:${port}${path}`;
  const { code, output } = await programs.run({ file: 'h2load', args: [...load, url], limitMs: 120_000 });
  const summary = parseH2load(output);
  if (code !== 0 || summary === undefined) {
    throw new CheckFailed(`h2load ended with ${code}`, output.trimEnd().split('\n').slice(-10));
  }
  const { requests, succeeded, perSecond } = summary;
  const figures = `${succeeded} of ${requests} answered with 200, ${Math.round(perSecond)}/s`;
  if (succeeded !== requests) throw new CheckFailed(figures, output.split('\n').slice(-12));
  return figures;
}

/** Its documents are one of 1 MB: /body. */
async function startNghttpd({ programs }: Setting): Promise<number> {
  const port = await freePort();
  const folder = scratchFolder('interop', 'nghttpd');
  await writeFile(join(folder, 'body'), Buffer.alloc(1_000_000, 'nghttpd'));
  const args = ['--no-tls', '--address=127.0.0.1', `--htdocs=${folder}`, String(port)];
  await programs.start('nghttpd', { file: 'nghttpd', args }, port);
  return port;
}
