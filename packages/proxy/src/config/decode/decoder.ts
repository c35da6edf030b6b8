// The few combinators that decoders are written in. A decoder turns an unknown value into a typed one, and notes
// everything that is wrong with the path of the field that has it. The fields of an object are a table, which the
// type checker holds to the type.

export interface FieldError {
  /** `rules[0].matches[1].path.value`; '' for the whole. */
  readonly field: string;
  readonly message: string;
}

/** Decodes `value`, which stands at `field`; undefined after an error was noted. */
export type Decoder<T> = (value: unknown, field: string, errors: FieldError[]) => T | undefined;

export type Decoded<T> = { readonly value: T } | { readonly errors: readonly FieldError[] };

/** Runs a decoder over a whole value; all errors are reported, in the order of the fields' tables. */
export function decode<T>(decoder: Decoder<T>, value: unknown, field = ''): Decoded<T> {
  const errors: FieldError[] = [];
  const decoded = decoder(value, field, errors);
  return decoded === undefined || errors.length > 0 ? { errors } : { value: decoded };
}

/** A field's decoder, and what stands for it where it is absent. */
interface Field<T> {
  readonly decoder: Decoder<T>;
  readonly absent:
    | { readonly kind: 'error' }
    | { readonly kind: 'omit' }
    | { readonly kind: 'value'; readonly value: (given: Readonly<Record<string, unknown>>) => T };
}

/** Optional properties may be left out; all others are required or have a default. */
type Fields<T> = {
  readonly [K in keyof T]-?: Field<Exclude<T[K], undefined>> & (undefined extends T[K] ? unknown : Kept);
};
interface Kept {
  readonly absent: { readonly kind: 'error' | 'value' };
}

export function required<T>(decoder: Decoder<T>): Field<T> & Kept {
  return { decoder, absent: { kind: 'error' } };
}

export function optional<T>(decoder: Decoder<T>): Field<T> {
  return { decoder, absent: { kind: 'omit' } };
}

export function defaulted<T>(decoder: Decoder<T>, value: T): Field<T> & Kept {
  return derived(decoder, () => value);
}

/** A default that depends on the object's other fields, as they were given (not yet decoded). */
export function derived<T>(
  decoder: Decoder<T>,
  value: (given: Readonly<Record<string, unknown>>) => T,
): Field<T> & Kept {
  return { decoder, absent: { kind: 'value', value } };
}

/** An object with exactly these fields. The decoded object is frozen. */
export function object<T extends object>(fields: Fields<T>): Decoder<T> {
  const table = Object.entries<Field<unknown>>(fields);
  const names = table.map(([name]) => name);
  return (value, at, errors) => {
    if (!isRecord(value)) return reject(errors, at, `has to be an object, not ${describe(value)}`);
    const before = errors.length;
    for (const name of Object.keys(value)) {
      if (!names.includes(name)) errors.push(unknownField(name, names, at));
    }
    const decoded: Record<string, unknown> = {};
    for (const [name, { decoder, absent }] of table) {
      const given = Object.hasOwn(value, name) ? value[name] : undefined;
      if (given !== undefined) decoded[name] = decoder(given, join(at, name), errors);
      else if (absent.kind === 'value') decoded[name] = absent.value(value);
      else if (absent.kind === 'error') errors.push({ field: join(at, name), message: 'is missing' });
    }
    return errors.length > before ? undefined : (Object.freeze(decoded) as T);
  };
}

/** A list; the decoded one is frozen. */
export function array<T>(decoder: Decoder<T>): Decoder<readonly T[]> {
  return (value, at, errors) => {
    if (!Array.isArray(value)) return reject(errors, at, `has to be a list, not ${describe(value)}`);
    const before = errors.length;
    const decoded = value.map((element: unknown, i) => decoder(element, `${at}[${i}]`, errors) as T);
    return errors.length > before ? undefined : Object.freeze(decoded);
  };
}

/** A union whose members are told by their `kind`. Each member's table has `kind` as well. */
export function tagged<T extends { readonly kind: string }>(
  members: {
    readonly [K in T['kind']]: Decoder<Extract<T, { readonly kind: K }>>;
  },
): Decoder<T> {
  const decoders = new Map(Object.entries<Decoder<T>>(members));
  const kind = oneOf(...decoders.keys());
  return (value, at, errors) => {
    if (!isRecord(value)) return reject(errors, at, `has to be an object, not ${describe(value)}`);
    if (value.kind === undefined) return reject(errors, join(at, 'kind'), 'is missing');
    const known = kind(value.kind, join(at, 'kind'), errors);
    return known === undefined ? undefined : decoders.get(known)?.(value, at, errors);
  };
}

/** One of these texts. */
export function oneOf<const T extends string>(...allowed: readonly T[]): Decoder<T> {
  return (value, at, errors) =>
    allowed.find((text) => text === value) ??
    reject(errors, at, `has to be one of ${allowed.join(', ')}, not ${describe(value)}`);
}

/** A further condition on what a decoder gives: `problem` says what is wrong, undefined where nothing is. */
export function checked<T>(decoder: Decoder<T>, problem: (value: T) => string | undefined): Decoder<T> {
  return (value, at, errors) => {
    const decoded = decoder(value, at, errors);
    const message = decoded === undefined ? undefined : problem(decoded);
    return message === undefined ? decoded : reject(errors, at, message);
  };
}

/** A further step on what a decoder gives, which may note errors of fields within. */
export function refined<T>(
  decoder: Decoder<T>,
  step: (value: T, field: string, errors: FieldError[]) => T | undefined,
): Decoder<T> {
  return (value, at, errors) => {
    const decoded = decoder(value, at, errors);
    return decoded === undefined ? undefined : Object.freeze(step(decoded, at, errors));
  };
}

export function string(value: unknown, at: string, errors: FieldError[]): string | undefined {
  return typeof value === 'string' ? value : reject(errors, at, `has to be a text, not ${describe(value)}`);
}

/** A whole number from `min` to `max`. */
export function integer(min: number, max: number): Decoder<number> {
  return (value, at, errors) =>
    Number.isInteger(value) && (value as number) >= min && (value as number) <= max
      ? (value as number)
      : reject(errors, at, `has to be a whole number from ${min} to ${max}, not ${describe(value)}`);
}

/** The path of a field below another. */
export function join(at: string, name: string): string {
  return at === '' ? name : `${at}.${name}`;
}

/** Notes an error; gives the undefined that a decoder answers then. */
export function reject(errors: FieldError[], field: string, message: string): undefined {
  errors.push({ field, message });
  return undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value in an error: short texts and numbers as they are, others by their type. */
export function describe(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function unknownField(name: string, names: readonly string[], at: string): FieldError {
  const near = nearest(name, names);
  const hint = near === undefined ? `known are ${names.join(', ')}` : `did you mean \`${near}\`?`;
  return { field: join(at, name), message: `unknown field \`${name}\`; ${hint}` };
}

/** The name that is at most two edits away, if there is one. */
function nearest(name: string, names: readonly string[]): string | undefined {
  const scored = names.map((candidate) => ({ candidate, distance: editDistance(name, candidate) }));
  scored.sort((a, b) => a.distance - b.distance);
  const best = scored[0];
  return best !== undefined && best.distance <= Math.min(2, name.length - 1) ? best.candidate : undefined;
}

/** Levenshtein's distance, capital letters counting as small ones. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, char] of [...a.toLowerCase()].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b.toLowerCase()].entries()) {
      const substituted = (row[j] ?? 0) + (char === other ? 0 : 1);
      next.push(Math.min(substituted, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
