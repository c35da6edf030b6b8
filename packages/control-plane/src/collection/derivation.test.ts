import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Derivation } from './derivation.ts';
import { Graph } from './graph.ts';
import { Grouping } from './grouping.ts';
import { Table } from './table.ts';

interface Person {
  readonly name: string;
  readonly team: string;
}

function setUp() {
  const graph = new Graph();
  const people = new Table<Person>(graph);
  const teams = new Grouping(graph, people, (person) => [person.team]);
  const change = (key: string, value: Person | undefined): void => {
    graph.advance();
    people.set(key, value);
  };
  return { graph, people, teams, change };
}

test('a derivation runs once until something that it read changes', () => {
  const { graph, people, change } = setUp();
  change('a', { name: 'Ada', team: 'red' });
  const greeting = new Derivation(graph, 'greeting', (key) => ({ text: `Hello ${people.get(key)?.name}` }));

  const first = greeting.get('a');
  assert.deepEqual(first, { text: 'Hello Ada' });
  assert.equal(greeting.get('a'), first);
  change('b', { name: 'Bob', team: 'red' });
  assert.equal(greeting.get('a'), first);
  assert.equal(greeting.computations, 1);

  change('a', { name: 'Eve', team: 'red' });
  assert.deepEqual(greeting.get('a'), { text: 'Hello Eve' });
  assert.equal(greeting.computations, 2);
});

test('an equal result keeps its reference, and what is derived from it does not run again', () => {
  const { graph, people, change } = setUp();
  change('a', { name: 'Ada', team: 'red' });
  const initial = new Derivation(graph, 'initial', (key) => ({ letter: people.get(key)?.name.charAt(0) }));
  const badge = new Derivation(graph, 'badge', (key) => ({ text: `[${initial.get(key).letter}]` }));

  const before = badge.get('a');
  change('a', { name: 'Alan', team: 'red' });
  assert.equal(badge.get('a'), before);
  assert.equal(initial.computations, 2);
  assert.equal(badge.computations, 1);
});

test('a derivation hears of what was missing when it ran', () => {
  const { graph, people, change } = setUp();
  const exists = new Derivation(graph, 'exists', (key) => people.get(key) !== undefined);
  assert.equal(exists.get('a'), false);
  change('a', { name: 'Ada', team: 'red' });
  assert.equal(exists.get('a'), true);
  change('a', undefined);
  assert.equal(exists.get('a'), false);
});

test('a derivation of a group hears of members that come, go, and move', () => {
  const { graph, teams, change } = setUp();
  const roster = new Derivation(graph, 'roster', (team) => teams.get(team).map(({ name }) => name));
  change('b', { name: 'Bob', team: 'red' });
  change('a', { name: 'Ada', team: 'red' });
  assert.deepEqual(roster.get('red'), ['Ada', 'Bob']);
  assert.deepEqual(roster.get('blue'), []);

  change('a', { name: 'Ada', team: 'blue' });
  assert.deepEqual(roster.get('red'), ['Bob']);
  assert.deepEqual(roster.get('blue'), ['Ada']);
  change('b', undefined);
  assert.deepEqual(roster.get('red'), []);

  const runs = roster.computations;
  change('c', { name: 'Cy', team: 'green' });
  assert.deepEqual(roster.get('red'), []);
  assert.equal(roster.computations, runs);
});

test('a read that no longer happens is no dependency any more', () => {
  const { graph, people, change } = setUp();
  const leader = new Derivation(graph, 'leader', () => (people.get('a') ?? people.get('b'))?.name);
  change('b', { name: 'Bob', team: 'red' });
  assert.equal(leader.get(''), 'Bob');
  change('a', { name: 'Ada', team: 'red' });
  assert.equal(leader.get(''), 'Ada');
  const runs = leader.computations;
  change('b', { name: 'Bea', team: 'red' });
  assert.equal(leader.get(''), 'Ada');
  assert.equal(leader.computations, runs);
});

test('writing an equal value touches nothing', () => {
  const { graph, people, teams, change } = setUp();
  change('a', { name: 'Ada', team: 'red' });
  const copy = new Derivation(graph, 'copy', (key) => people.get(key));
  const before = copy.get('a');
  const group = teams.get('red');
  change('a', { name: 'Ada', team: 'red' });
  assert.equal(copy.get('a'), before);
  assert.equal(copy.computations, 1);
  assert.equal(teams.get('red'), group);
});

test('dependencies are still heard of after the cells of deleted keys were swept', () => {
  const { graph, people, teams, change } = setUp();
  change('kept', { name: 'Kay', team: 'red' });
  const state = new Derivation(graph, 'state', (key) => [
    people.get(key)?.name,
    teams.get(`team-${key}`).length,
  ]);
  change('5', { name: 'Five', team: 'team-5' });
  assert.deepEqual(state.get('5'), ['Five', 1]);

  graph.advance();
  for (let index = 0; index < 3000; index++) people.set(`${index}`, { name: 'x', team: `team-${index}` });
  graph.advance();
  for (let index = 0; index < 3000; index++) people.set(`${index}`, undefined);
  assert.deepEqual(state.get('5'), [undefined, 0]);
  assert.equal(people.size, 1);
  assert.deepEqual(
    [...people.values()].map(({ name }) => name),
    ['Kay'],
  );

  change('5', { name: 'Five again', team: 'team-5' });
  assert.deepEqual(state.get('5'), ['Five again', 1]);
});

test('a derivation that nobody asks for is forgotten, and comes back the same', () => {
  const { graph, people, change } = setUp();
  change('a', { name: 'Ada', team: 'red' });
  const name = new Derivation(graph, 'name', (key) => people.get(key)?.name);
  assert.equal(name.get('a'), 'Ada');
  for (let index = 0; index < 1000; index++) {
    change('b', { name: `Bob ${index}`, team: 'red' });
    name.get('b');
  }
  const runs = name.computations;
  assert.equal(name.get('a'), 'Ada');
  assert.equal(name.computations, runs + 1);
});

test('a derivation that depends on itself, writes, or walks a table is a mistake of ours, and throws', () => {
  const { graph, people } = setUp();
  const loop: Derivation<number> = new Derivation(graph, 'loop', (key) => loop.get(key) + 1);
  assert.throws(() => loop.get('a'), /loop of a depends on itself/);
  const writer = new Derivation(graph, 'writer', () => graph.advance());
  assert.throws(() => writer.get('a'), /must not write/);
  const walker = new Derivation(graph, 'walker', () => [...people.values()].length);
  assert.throws(() => walker.get('a'), /must not walk a table/);
});

test('a derivation that throws leaves nothing behind', () => {
  const { graph, people, change } = setUp();
  const strict = new Derivation(graph, 'strict', (key) => {
    const person = people.get(key);
    if (!person) throw new Error(`no ${key}`);
    return person.name;
  });
  assert.throws(() => strict.get('a'), /no a/);
  change('a', { name: 'Ada', team: 'red' });
  assert.equal(strict.get('a'), 'Ada');
});
