// Imports go one way (DESIGN.md, Layout): the rules as a table, and every import of every file held against it.

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';

const ROOT = dirname(dirname(import.meta.dirname));

/** What a package may import of ours. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  common: [],
  api: ['common'],
  proxy: ['api', 'common'],
  'control-plane': ['api', 'common'],
  cli: ['api', 'common', 'proxy', 'control-plane'],
};

/** npm packages that each may load at run time; the sidecar's are loaded on first use. */
const DEPENDENCIES: Readonly<Record<string, readonly string[]>> = {
  common: [],
  api: ['yaml', 'zod'],
  proxy: ['re2js'],
  'control-plane': ['@grpc/grpc-js', '@peculiar/x509', 'hono', 're2js', 'reflect-metadata'],
  cli: ['commander', 'esbuild', 'yaml'],
};

/** Folders inside a package that may not import others: `from` → what it may not see, with the reason. */
const FORBIDDEN: readonly (readonly [from: string, to: string, why: string])[] = [
  ['control-plane/src/model/', 'control-plane/src/(?!model/)', 'the model imports only api and common'],
  [
    'control-plane/src/ingest/',
    'control-plane/src/(compile|policy|xds|admin|stat|provider)/',
    'provider → ingest → model → compile → xds',
  ],
  [
    'control-plane/src/provider/',
    'control-plane/src/(compile|policy|xds|admin|stat|ingest|model)/',
    'a provider only reads',
  ],
  [
    'control-plane/src/(compile|policy)/',
    'control-plane/src/(xds|admin|stat|identity)/',
    'the compiler knows no protocol',
  ],
  [
    'proxy/src/codec/',
    'proxy/src/(config|router|filters|inbound|outbound|identity|upstream|admin)/',
    'codecs know no configuration',
  ],
  [
    'proxy/src/(filters|router)/',
    'proxy/src/(codec|config|transport|upstream|inbound|outbound|identity|listener|admin)/',
    'decisions know no sockets',
  ],
  [
    'proxy/src/(filters|router)/',
    'node:(net|tls|http|http2|fs|child_process)',
    'decisions run in a browser too',
  ],
  [
    'proxy/src/detect/',
    'proxy/src/(config|inbound|outbound|router|filters)/',
    'detection knows no configuration',
  ],
];

interface Import {
  readonly file: string;
  /** Path from `packages/` for ours, the specifier for others. */
  readonly target: string;
  readonly isTypeOnly: boolean;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, 'packages', file), 'utf8');
  const found = text.matchAll(
    /^\s*(?:import|export)\s+(type\s)?[^'";]*?from\s+'([^']+)'|^\s*import\s+'([^']+)'|\bimport\('([^']+)'\)/gm,
  );
  return [...found].map(([, type, from, bare, dynamic]) => ({
    file,
    target: resolve(file, (from ?? bare ?? dynamic) as string),
    isTypeOnly: type !== undefined,
  }));
}

function resolve(file: string, specifier: string): string {
  if (specifier.startsWith('.')) return normalize(join(dirname(file), specifier));
  const ours = /^@weft\/([^/]+)\/(.+)$/.exec(specifier);
  return ours === null ? specifier : `${ours[1]}/src/${ours[2]}.ts`;
}

const isTest = (file: string): boolean => /\.test\.ts$|\/testing\/|\/testdata\/|(^|\/)golden\.ts$/.test(file);
const files = globSync('*/src/**/*.ts', { cwd: join(ROOT, 'packages') });
const imports = files.filter((file) => !isTest(file)).flatMap(importsOf);
const packageOf = (path: string): string => path.split('/')[0] as string;
const isOurs = (path: string): boolean => /^[a-z-]+\/src\//.test(path);

test('the rules are held against real imports', () => {
  assert.ok(files.length > 100, `only ${files.length} files were found`);
  assert.ok(imports.length > 300, `only ${imports.length} imports were found`);
});

test('packages import one another in one direction only', () => {
  const wrong = imports.filter(({ file, target }) => {
    const from = packageOf(file);
    return isOurs(target) && packageOf(target) !== from && !PACKAGES[from]?.includes(packageOf(target));
  });
  assert.deepEqual(wrong, []);
});

test('packages load only the npm packages that they name', () => {
  const wrong = imports.filter(({ file, target, isTypeOnly }) => {
    if (isTypeOnly || isOurs(target) || target.startsWith('node:') || target.includes('package.json'))
      return false;
    const name = target
      .split('/')
      .slice(0, target.startsWith('@') ? 2 : 1)
      .join('/');
    return !DEPENDENCIES[packageOf(file)]?.includes(name);
  });
  assert.deepEqual(wrong, []);
});

for (const [from, to, why] of FORBIDDEN) {
  test(`${from} does not import ${to}: ${why}`, () => {
    const wrong = imports.filter(
      ({ file, target }) => new RegExp(`^${from}`).test(file) && new RegExp(`^${to}`).test(target),
    );
    assert.deepEqual(
      wrong.map(({ file, target }) => `${file} → ${target}`),
      [],
    );
  });
}

test('no import cycle at run time', () => {
  const graph = Map.groupBy(
    imports.filter(({ target, isTypeOnly }) => isOurs(target) && !isTypeOnly),
    ({ file }) => file,
  );
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): void => {
    if (done.has(file)) return;
    const at = path.indexOf(file);
    assert.equal(at, -1, `cycle: ${[...path.slice(at), file].join(' → ')}`);
    path.push(file);
    for (const { target } of graph.get(file) ?? []) visit(target);
    path.pop();
    done.add(file);
  };
  for (const file of graph.keys()) visit(file);
});

test('every file says in its first line what it is for, and none is a grab bag', () => {
  const silent = files.filter(
    (file) => !isTest(file) && !/^(\/\/|\/\*\*|#!)/.test(readFileSync(join(ROOT, 'packages', file), 'utf8')),
  );
  assert.deepEqual(silent, []);
  assert.deepEqual(
    files.filter((file) => /\/(utils?|helpers?|misc|index)(\.ts|\/)/.test(file)),
    [],
  );
});
