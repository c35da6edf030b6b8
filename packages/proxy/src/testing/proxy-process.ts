// A proxy in a process of its own, for what can only be measured from outside: its memory.
//
// As a program: serves the StaticConfig given as its argument and tells its parent the port.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Log } from '@weft/common/logger/logger';
import { startStatic } from '../static-mode.ts';
import { type StaticProxyOptions, staticConfig } from './static-proxy.ts';

export interface ProxyProcess extends AsyncDisposable {
  readonly port: number;
  /** Resident memory in MiB. */
  residentMiB(): number;
  /** CPU that it has used so far, in milliseconds. */
  cpuMs(): number;
}

/** As startProxy (static-proxy.ts). */
export async function startProxyProcess(
  ports: readonly number[],
  options: StaticProxyOptions = {},
): Promise<ProxyProcess> {
  const config = { ...staticConfig(ports, options), telemetry: { accessLog: { mode: 'none' } } };
  const child = fork(fileURLToPath(import.meta.url), [JSON.stringify(config)], { execArgv: [] });
  const [port] = (await once(child, 'message')) as [number];
  return {
    port,
    residentMiB() {
      const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? [];
      return Number(kib) / 1024;
    },
    cpuMs() {
      // utime and stime, the 14th and 15th field (proc_pid_stat(5)), in hundredths of a second.
      const [, after = ''] = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ');
      const fields = after.split(' ');
      return (Number(fields[11]) + Number(fields[12])) * 10;
    },
    async [Symbol.asyncDispose]() {
      const exited = once(child, 'exit');
      child.kill();
      await exited;
    },
  };
}

if (process.argv[1] === import.meta.filename) {
  const { proxy } = await startStatic(JSON.parse(process.argv[2] as string), {
    log: new Log({ level: 'error' }),
    version: '0.0.0',
    file: 'test.yaml',
  });
  process.send?.(proxy.ports.get('in'));
}
