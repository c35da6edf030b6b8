// The TypeScript type of what a kind's schema gives: readonly, only the fields that the schema names.

import type { z } from 'zod';

/** What an object of the schema looks like once it is checked and its defaults are filled in. */
export type TypeOf<Schema extends z.ZodType> = Narrow<z.output<Schema>>;

/**
 * Loose schemas let unknown fields pass, and their inferred types any field name. This drops the index signature
 * where fields are named (a typo is then an error of the compiler), makes everything readonly, and optional
 * fields exact: YAML has no `undefined`.
 */
type Narrow<T> = T extends readonly unknown[]
  ? { readonly [K in keyof T]: Narrow<T[K]> }
  : T extends object
    ? [NamedKeys<T>] extends [never]
      ? { readonly [K in keyof T]: Narrow<T[K]> }
      : { readonly [K in keyof T as string extends K ? never : K]: Narrow<Exclude<T[K], undefined>> }
    : T;

type NamedKeys<T> = keyof { [K in keyof T as string extends K ? never : K]: true };
