// zod's issues as problems in words that a person who writes YAML understands.

import type { z } from 'zod';
import type { IssueParams } from '../kinds/unsupported.ts';
import { type FieldPath, formatFieldPath } from './field-path.ts';
import type { Problem } from './problem.ts';
import { fieldNamesAt } from './schema-walk.ts';
import { closest, didYouMean } from './suggestion.ts';

/** The message of an issue whose schema has none of its own: what follows the field's name in the sentence. */
export function describeIssue(issue: z.core.$ZodRawIssue): string {
  if (issue.input === undefined && issue.code !== 'custom') return 'is missing';
  if (issue.input === null) return 'is empty; give it a value or remove it';
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${withArticle(issue.expected)}, not ${shown(issue.input)}${typeHint(issue.expected, issue.input)}`;
    case 'invalid_value':
      return oneOf(issue.values, issue.input);
    case 'invalid_union':
      return issue.options
        ? oneOf(issue.options as readonly unknown[], inputAt(issue))
        : `must not be ${shown(issue.input)}`;
    case 'too_small':
      return issue.origin === 'string' || issue.origin === 'array'
        ? `must have at least ${count(issue.minimum, issue.origin)}`
        : `must be at least ${issue.minimum}, not ${shown(issue.input)}`;
    case 'too_big':
      return issue.origin === 'string' || issue.origin === 'array'
        ? `must have at most ${count(issue.maximum, issue.origin)}`
        : `must be at most ${issue.maximum}, not ${shown(issue.input)}`;
    default:
      return `must not be ${shown(issue.input)}`;
  }
}

/** The problems of one issue: one for each unknown key, one for all others. */
export function problemsOf(
  issue: z.core.$ZodIssue,
  schema: z.ZodType,
  value: unknown,
  kind: string,
): Problem[] {
  const path = issue.path as FieldPath;
  if (issue.code === 'unrecognized_keys') {
    const names = fieldNamesAt(schema, value, path);
    return issue.keys.map((key) => ({
      severity: 'error',
      reason: 'UnknownField',
      message: `${key} is not a field of ${kind}${path.length > 1 ? ' here' : ''}${didYouMean(key, names)}`,
      path: [...path, key],
      atKey: true,
    }));
  }
  const isMissing = issue.message === 'is missing';
  const params = issue.code === 'custom' ? (issue.params as IssueParams | undefined) : undefined;
  return [
    {
      severity: 'error',
      reason: params?.reason ?? (isMissing ? 'RequiredField' : 'InvalidField'),
      message: `${leafName(path)} ${issue.message}${wrongValue(issue)}`,
      path,
      ...(params?.reason === 'UnsupportedField' ? { atKey: true } : {}),
    },
  ];
}

/** What the sentence is about: the last name of the path, with the index in its list. The path is told besides. */
function leafName(path: FieldPath): string {
  const last = path.findLastIndex((part) => typeof part === 'string');
  return last < 0 ? 'the object' : formatFieldPath(path.slice(last));
}

/** Messages of the schemas say what the value must be; this adds what it is. */
function wrongValue({ message, input }: z.core.$ZodIssue): string {
  const isSingle = typeof input === 'string' || typeof input === 'number' || typeof input === 'boolean';
  const saysItself = message.startsWith('must not ') || message.includes(', not ');
  return isSingle && message.startsWith('must ') && !saysItself ? `, not ${shown(input)}` : '';
}

function oneOf(values: readonly unknown[], input: unknown): string {
  const similar = typeof input === 'string' ? closest(input, values.map(String)) : undefined;
  const suggestion = similar === undefined || values.length === 1 ? '' : `; did you mean ${similar}?`;
  const choice = values.length === 1 ? String(values[0]) : `one of ${values.join(', ')}`;
  return `must be ${choice}, not ${shown(input)}${suggestion}`;
}

/** A discriminated union reports the whole object as its input, and the field that discriminates as its path. */
function inputAt(issue: z.core.$ZodRawIssue): unknown {
  const last = issue.path?.at(-1);
  const input = issue.input as Record<PropertyKey, unknown>;
  return typeof input === 'object' && last !== undefined ? input[last] : input;
}

function typeHint(expected: string, input: unknown): string {
  if (expected === 'string' && (typeof input === 'number' || typeof input === 'boolean')) {
    return '; put it in quotes';
  }
  if ((expected === 'number' || expected === 'int') && typeof input === 'string' && /^\d+$/.test(input)) {
    return '; remove the quotes';
  }
  return '';
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of fields',
  record: 'a map of names and values',
};

function withArticle(type: string): string {
  return TYPE_NAMES[type] ?? type;
}

function count(amount: number | bigint, origin: string): string {
  const unit = origin === 'array' ? ['entry', 'entries'] : ['character', 'characters'];
  return `${amount} ${Number(amount) === 1 ? unit[0] : unit[1]}`;
}

function shown(input: unknown): string {
  if (Array.isArray(input)) return 'a list';
  if (typeof input === 'object' && input !== null) return 'a map of fields';
  const text = JSON.stringify(input);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
