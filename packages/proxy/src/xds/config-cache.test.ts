import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Log } from '@weft/common/logger/logger';
import { ConfigCache } from './config-cache.ts';

async function withFolder(run: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'weft-cache-'));
  try {
    await run(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

function open(directory: string, lines: string[] = []): ConfigCache {
  const log = new Log({ output: { write: (line) => lines.push(line) } }).component('xds');
  return new ConfigCache({ directory, log, debounceMs: 60_000 });
}

const json = (value: unknown) => Buffer.from(JSON.stringify(value));

test('what is put is there after a restart, what is removed is not', () =>
  withFolder(async (directory) => {
    const cache = open(directory);
    cache.put('Outbound', 'a/b:80', { version: 'v1', json: json({ name: 'a/b:80', text: 'x\ny' }) });
    cache.put('Cluster', 'a/b:80', { version: 'v2', json: json({ name: 'a/b:80' }) });
    cache.put('Outbound', 'gone', { version: 'v3', json: json({}) });
    cache.remove('Outbound', 'gone');
    await cache.close();
    const kept = open(directory);
    const outbound = kept.get('Outbound', 'a/b:80');
    assert.equal(outbound?.version, 'v1');
    assert.deepEqual(JSON.parse(Buffer.from(outbound?.json ?? []).toString()), {
      name: 'a/b:80',
      text: 'x\ny',
    });
    assert.equal(kept.get('Cluster', 'a/b:80')?.version, 'v2');
    assert.equal(kept.get('Outbound', 'gone'), undefined);
    await kept.close();
  }));

test('what a proxy kept before stays while it asks for something else', () =>
  withFolder(async (directory) => {
    const first = open(directory);
    first.put('Outbound', 'seldom', { version: 'v1', json: json({}) });
    await first.close();
    const second = open(directory);
    second.put('Outbound', 'often', { version: 'v1', json: json({}) });
    await second.close();
    const third = open(directory);
    assert.ok(third.get('Outbound', 'seldom') && third.get('Outbound', 'often'));
    await third.close();
  }));

test('a file that can not be read is reported, not used, and replaced', () =>
  withFolder(async (directory) => {
    const file = join(directory, 'config.ndjson');
    await writeFile(file, '{"type":"Outbound","name":"a","version":"v1","value":{}}\n{"type":"Out');
    const lines: string[] = [];
    const cache = open(directory, lines);
    assert.equal(cache.get('Outbound', 'a'), undefined);
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /config\.ndjson/);
    cache.put('Outbound', 'b', { version: 'v2', json: json({ name: 'b' }) });
    await cache.close();
    assert.equal(
      await readFile(file, 'utf8'),
      '{"type":"Outbound","name":"b","version":"v2","value":{"name":"b"}}\n',
    );
  }));

test('a folder that can not be written is reported and nothing else', () =>
  withFolder(async (directory) => {
    const lines: string[] = [];
    const cache = open(join(directory, 'empty'), lines);
    await rm(join(directory, 'empty'), { recursive: true, force: true });
    await writeFile(join(directory, 'empty'), 'a file where the folder should be');
    cache.put('Outbound', 'a', { version: 'v1', json: json({}) });
    await cache.close();
    assert.match(lines.join(''), /could not be kept/);
  }));
