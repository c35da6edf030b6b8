// h2spec: 146 cases of RFC 9113's predecessor and HPACK, against each way of having Weft as an HTTP/2 server.
// For comparison, measured once with the same version: HAProxy passes 139, node:http2 137, Envoy 128.

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchFolder } from '../../install/folders.ts';
import { type GoProgram, goProgram } from '../../install/go.ts';
import { CheckFailed } from '../checks.ts';
import type { Mesh } from '../mesh.ts';
import type { Part, Setting } from '../part.ts';
import { through } from '../through.ts';
import { parseJunit } from './junit.ts';
import { startHttp1Origin, startHttp2Origin } from './origins.ts';

/** h2spec 2.6.0, whose tag Go cannot use: it has no `/v2` in its module path. */
const H2SPEC: GoProgram = {
  module: 'github.com/summerwind/h2spec',
  version: 'v0.0.0-20200804131034-70ac22940108',
  path: 'cmd/h2spec',
};
const CASES = 146;
/** The bar. */
const MOST_FAILED = 3;
/** Seconds that a case waits for what it expects. */
const TIMEOUT = '3';

export const h2spec: Part = {
  name: 'h2spec',
  title: `${CASES} cases of h2spec against Weft as HTTP/2 server; at most ${MOST_FAILED} may fail`,
  debian: [],
  install: () => void program(),

  async run(setting) {
    const { checks, meshes } = setting;
    await using http2 = await startHttp2Origin();
    await using http1 = await startHttp1Origin();
    const mesh = (name: string, start: () => Promise<Mesh>): Promise<void> =>
      through(checks, name, start, (port) => ask(setting, name, port, MOST_FAILED));
    // Cases that wait for a time-out take most of it, so these run at the same time.
    await Promise.all([
      mesh('static proxy, HTTP/2 origin', () => meshes.outbound(http2.port, 'http')),
      mesh('static proxy, HTTP/1.1 origin', () => meshes.outbound(http1.port, 'http')),
      mesh('inbound port of a sidecar, HTTP/2 origin', () => meshes.inbound(http2.port, 'http')),
      mesh('two sidecars with mTLS, undeclared port', () => meshes.sidecars(http2.port, 'detect')),
      checks.compare('node:http2 itself', () => ask(setting, 'node', http2.port, CASES)),
    ]);
  },
};

async function ask({ programs }: Setting, name: string, port: number, most: number): Promise<string> {
  const base = join(scratchFolder('interop', 'log'), `h2spec-${name.replaceAll(/\W+/g, '-')}`);
  rmSync(`${base}.xml`, { force: true });
  const { code, output } = await programs.run({
    file: program(),
    args: [
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      '--timeout',
      TIMEOUT,
      '--junit-report',
      `${base}.xml`,
    ],
    limitMs: 600_000,
  });
  writeFileSync(`${base}.log`, output);
  if (!existsSync(`${base}.xml`))
    throw new CheckFailed(`h2spec ended with ${code} and wrote no report`, tail(output));
  // It ends with 1 where a case failed, and says nothing of one that it could not begin.
  if (code !== 0 && code !== 1) throw new CheckFailed(`h2spec ended with ${code}`, tail(output));
  const { total, skipped, failed } = parseJunit(readFileSync(`${base}.xml`, 'latin1'));
  if (total !== CASES) throw new CheckFailed(`${total} cases instead of ${CASES}`, tail(output));
  const figures = `${total - failed.length - skipped.length} of ${total} passed`;
  const details = [
    ...failed,
    ...skipped.map((skip) => `skipped ${skip}`),
    `what was expected and came instead: ${base}.log`,
  ];
  if (failed.length > most) throw new CheckFailed(`${figures}, ${failed.length} failed`, details);
  const names = [...failed, ...skipped.map((skip) => `skipped ${skip}`)];
  return names.length === 0 ? figures : `${figures}; not: ${names.join(', ')}`;
}

function tail(output: string): readonly string[] {
  return output.trimEnd().split('\n').slice(-10);
}

function program(): string {
  return goProgram(scratchFolder('interop', 'go'), H2SPEC);
}
