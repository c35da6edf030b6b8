// What the encoder knows of a name beforehand: where the static table has it, and how its values are indexed.

import { KNOWN } from '../../../stack/known-header.ts';
import { type Indexing, indexingOf, SECRET_NAMES, UNIQUE_NAMES } from './indexing.ts';
import { PSEUDO } from './pseudo.ts';
import { STATIC_TABLE } from './static-table.ts';

export interface EncoderName {
  readonly indexing: Indexing;
  /** Index of the first static entry with this name; 0 where there is none. */
  readonly staticIndex: number;
  /** Index by value, where the static table has values for it. */
  readonly staticValues: ReadonlyMap<string, number> | undefined;
}

/** A name that is in no table of ours. */
export const OTHER_NAME: EncoderName = { indexing: 'repeats', staticIndex: 0, staticValues: undefined };

const NAMES = new Map<string, EncoderName>();
for (const name of [...STATIC_TABLE.map(({ name }) => name.text), ...SECRET_NAMES, ...UNIQUE_NAMES])
  NAMES.set(name, encoderName(name));

export function encoderNameOf(name: string): EncoderName {
  return NAMES.get(name) ?? OTHER_NAME;
}

/** By KNOWN and PSEUDO id, where one id is one name. */
export const ENCODER_NAME_BY_ID: readonly (EncoderName | undefined)[] = namesById();

function namesById(): readonly (EncoderName | undefined)[] {
  const names: (EncoderName | undefined)[] = Array.from({ length: 64 }, () => undefined);
  for (const [name, id] of Object.entries({ ...KNOWN, ...PSEUDO })) {
    if (id !== KNOWN['x-mesh-internal'] && id !== PSEUDO.unknown) names[id] = encoderNameOf(name);
  }
  return names;
}

function encoderName(text: string): EncoderName {
  const own = STATIC_TABLE.map(({ name, value }, i) => ({ name: name.text, value, index: i + 1 })).filter(
    ({ name }) => name === text,
  );
  const valued = own.filter(({ value }) => value !== '');
  return {
    indexing: indexingOf(text),
    staticIndex: own[0]?.index ?? 0,
    staticValues: valued.length === 0 ? undefined : new Map(valued.map(({ value, index }) => [value, index])),
  };
}
