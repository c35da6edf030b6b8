import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Resource } from '@weft/api/resource';
import { EMPTY_STATE, type FolderState, nextState } from './last-good.ts';

function serviceAccount(name: string, note = ''): string {
  return `apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: ${name}, annotations: {note: "${note}"}}\n`;
}

function policy(name: string, action: string): string {
  return `apiVersion: weft.dev/v1alpha1\nkind: AuthorizationPolicy\nmetadata: {name: ${name}}\nspec: {action: ${action}}\n`;
}

function states(...readings: Record<string, string>[]): FolderState[] {
  const all: FolderState[] = [];
  for (const texts of readings) {
    const files = Object.entries(texts).map(([path, text]) => ({ path, text }));
    all.push(nextState(all.at(-1) ?? EMPTY_STATE, files));
  }
  return all;
}

function resources({ set }: FolderState | undefined = EMPTY_STATE): Resource[] {
  return set.resources.map(({ resource }) => resource);
}

function names(state: FolderState | undefined): string[] {
  return resources(state).map(({ metadata }) => metadata.name);
}

function messages({ set }: FolderState | undefined = EMPTY_STATE): string[] {
  return set.diagnostics.map(({ file, line, message }) => `${file}:${line} ${message}`);
}

test('what did not change is the same reference, and what moved in its file has its new place', () => {
  const [before, after] = states(
    { 'a.yaml': [serviceAccount('a'), serviceAccount('b')].join('---\n'), 'b.yaml': serviceAccount('c') },
    {
      'a.yaml': ['# new\n', serviceAccount('a'), '---\n', serviceAccount('b', 'changed')].join(''),
      'b.yaml': serviceAccount('c'),
    },
  );
  assert.equal(resources(after)[0], resources(before)[0]);
  assert.notEqual(resources(after)[1], resources(before)[1]);
  assert.equal(after?.set.resources[2], before?.set.resources[2]);
  assert.equal(after?.set.resources[0]?.origin?.line, 2);
});

test('an object keeps its reference when its file is renamed', () => {
  const [before, after] = states({ 'a.yaml': serviceAccount('a') }, { 'b.yaml': serviceAccount('a') });
  assert.equal(resources(after)[0], resources(before)[0]);
  assert.equal(after?.set.resources[0]?.origin?.file, 'b.yaml');
});

test('a document that cannot be read keeps its last good version, the others change', () => {
  const [before, after] = states(
    { 'a.yaml': [policy('p', 'DENY'), serviceAccount('a')].join('---\n') },
    { 'a.yaml': [policy('p', 'DNEY'), serviceAccount('a', 'changed')].join('---\n') },
  );
  assert.deepEqual(names(after), ['p', 'a']);
  assert.equal(resources(after)[0], resources(before)[0]);
  assert.notEqual(resources(after)[1], resources(before)[1]);
  assert.deepEqual(messages(after), [
    'a.yaml:4 action must be one of ALLOW, DENY, AUDIT, not "DNEY"; did you mean DENY? ' +
      '(its last good version stays in effect)',
  ]);
});

test('a document that never could be read is no resource, but known as unreadable', () => {
  const [state] = states({ 'a.yaml': policy('p', 'DNEY') });
  assert.deepEqual(names(state), []);
  assert.deepEqual(
    state?.set.unreadable?.map(({ resource }) => resource.metadata),
    [{ name: 'p', namespace: 'default' }],
  );
});

test('a document that is repaired is no longer unreadable', () => {
  const [, state] = states({ 'a.yaml': policy('p', 'DNEY') }, { 'a.yaml': policy('p', 'DENY') });
  assert.deepEqual(names(state), ['p']);
  assert.deepEqual(state?.set.unreadable, []);
  assert.deepEqual(messages(state), []);
});

test('a file that turns into broken YAML keeps its objects, also over several attempts', () => {
  const good = [serviceAccount('a'), serviceAccount('b')].join('---\n');
  const [before, first, second] = states(
    { 'a.yaml': good },
    { 'a.yaml': 'kind: [' },
    { 'a.yaml': 'kind: {\n' },
  );
  assert.deepEqual(resources(first), resources(before));
  assert.deepEqual(resources(second), resources(before));
  assert.match(
    messages(second)[0] as string,
    /still in effect: ServiceAccount\/default\/a, ServiceAccount\/default\/b/,
  );
});

test('a document that is no longer known by its kind keeps its object', () => {
  const [, after] = states(
    { 'a.yaml': serviceAccount('a') },
    { 'a.yaml': serviceAccount('a').replace('ServiceAccount', 'ServiceAcount') },
  );
  assert.deepEqual(names(after), ['a']);
});

test('an object that Weft does not serve does not hold back the deletion of another', () => {
  const route = 'apiVersion: gateway.networking.k8s.io/v1\nkind: GRPCRoute\nmetadata: {name: r}\n';
  const [, after] = states({ 'a.yaml': `${route}---\n${serviceAccount('a')}` }, { 'a.yaml': route });
  assert.deepEqual(names(after), []);
});

test('a document and a file that are deleted take their objects with them', () => {
  const [before, one, none] = states(
    { 'a.yaml': [serviceAccount('a'), serviceAccount('b')].join('---\n'), 'b.yaml': serviceAccount('c') },
    { 'a.yaml': serviceAccount('b') },
    {},
  );
  assert.deepEqual(names(before), ['a', 'b', 'c']);
  assert.deepEqual(names(one), ['b']);
  assert.deepEqual(names(none), []);
});

test('of one object in two files the first by path counts, and the second once the first is gone', () => {
  const [both, second] = states(
    { 'b.yaml': serviceAccount('a', 'second'), 'a.yaml': serviceAccount('a', 'first') },
    { 'b.yaml': serviceAccount('a', 'second') },
  );
  assert.deepEqual(both?.set.resources[0]?.resource.metadata.annotations, { note: 'first' });
  assert.deepEqual(messages(both), [
    'b.yaml:1 ServiceAccount/default/a is already defined at a.yaml:1; remove one of them',
  ]);
  assert.deepEqual(second?.set.resources[0]?.resource.metadata.annotations, { note: 'second' });
  assert.deepEqual(messages(second), []);
});

test('a file or folder that cannot be read any more keeps its objects', () => {
  const [before] = states({ 'a.yaml': serviceAccount('a'), 'sub/b.yaml': serviceAccount('b') });
  const diagnostic = { severity: 'error', reason: 'UnreadableFile', message: 'permission denied' } as const;
  const after = nextState(before as FolderState, [
    { path: 'a.yaml', diagnostic },
    { path: 'sub', diagnostic },
  ]);
  assert.deepEqual(resources(after), resources(before));
  assert.equal(after.set.diagnostics.length, 2);
});
