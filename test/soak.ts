// `npm run soak`: what takes minutes and a machine to itself: 30 rolling restarts under 1,000 requests a second, with
// HTTP/1.1 and then with HTTP/2 and gRPC.

import { spawn } from 'node:child_process';
import { join } from 'node:path';

const FILES = ['rolling-restart.test.ts', 'rolling-restart-http2.test.ts'];

const child = spawn(
  process.execPath,
  [
    '--disable-warning=ExperimentalWarning',
    '--test',
    '--test-concurrency=1',
    '--test-timeout=1200000',
    ...FILES.map((name) => join(import.meta.dirname, 'local-mesh', name)),
  ],
  { stdio: 'inherit', env: { ...process.env, WEFT_SOAK: '1' } },
);
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
