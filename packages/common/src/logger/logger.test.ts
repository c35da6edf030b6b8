import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Log, type LogOptions, parseLevel } from './logger.ts';

function captured(options: Omit<LogOptions, 'output'> = {}) {
  const lines: string[] = [];
  return { lines, log: new Log({ ...options, output: { write: (line) => lines.push(line) } }) };
}

/** A parsed line without its time, which is checked for its form. */
function parsed(line: string | undefined): Record<string, unknown> {
  const { time, ...rest } = JSON.parse(line ?? 'null');
  assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  return rest;
}

test('a line is JSON with component, message and fields', () => {
  const { lines, log } = captured({ fields: { workload: 'bookshop/catalog-0' } });
  log.component('xds').with({ connection: 7 }).warn('stream ended', { code: 14, absent: undefined });
  assert.equal(lines.length, 1);
  assert.deepEqual(parsed(lines[0]), {
    level: 'warn',
    component: 'xds',
    message: 'stream ended',
    workload: 'bookshop/catalog-0',
    connection: 7,
    code: 14,
  });
});

test('an error is written as its message and code, or with its stack where it has no code', () => {
  const { lines, log } = captured();
  log
    .component('x')
    .error('failed', { error: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }) });
  log.component('x').error('failed', { error: new TypeError('undefined is not a function') });
  assert.deepEqual(parsed(lines[0]), {
    level: 'error',
    component: 'x',
    message: 'failed',
    'error.message': 'refused',
    'error.code': 'ECONNREFUSED',
  });
  assert.match(String(parsed(lines[1])['error.stack']), /TypeError.*\n +at /);
});

test('levels are set for one component or all, while it runs', () => {
  const { lines, log } = captured();
  const [xds, outbound] = [log.component('xds'), log.component('outbound')];
  xds.debug('no');
  log.setLevel('debug', 'xds');
  xds.debug('yes');
  outbound.debug('no');
  log.setLevel('error');
  xds.warn('no');
  assert.deepEqual(log.levels(), { outbound: 'error', xds: 'error' });
  assert.deepEqual(
    lines.map((line) => parsed(line)['message']),
    ['yes'],
  );
});

test('a terminal gets text on one line', () => {
  const lines: string[] = [];
  const log = new Log({ output: { write: (line) => lines.push(line), isTTY: true } });
  log.component('xds').info('connected\u001b[2J', { address: '127.0.0.1:15012', tries: 2 });
  const plain = lines.join('').replace(/^(\S+ )\u001b\[\d+m(.*?)\u001b\[\d+m/, '$1$2');
  assert.match(
    plain,
    /^\d\d:\d\d:\d\d\.\d{3} info  xds: connected\\u001b\[2J  address="127\.0\.0\.1:15012"  tries=2\n$/,
  );
});

test('a message can not end its line', () => {
  const { lines, log } = captured();
  log.component('x').info('a\n{"level":"error"}', { name: 'b\u2028\nc' });
  assert.equal(lines[0]?.indexOf('\n'), (lines[0]?.length ?? 0) - 1);
  assert.equal(parsed(lines[0])['message'], 'a\n{"level":"error"}');
});

test('level names are read as people type them', () => {
  assert.equal(parseLevel('DEBUG'), 'debug');
  assert.equal(parseLevel('trace'), undefined);
});
