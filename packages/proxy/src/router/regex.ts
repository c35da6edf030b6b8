// Regular expressions of routes: RE2 syntax in linear time (re2js), so that no pattern can stall the proxy.
//
// re2js costs 9 ms and some MiB, and few configurations have a regular expression: it is loaded with the first one.
// Decoding configuration is synchronous, hence `require` and not `import()`. It is reached without importing
// node:module, since this folder also runs in a browser; there the page hands the engine in by useRegexEngine.

/** A compiled pattern. */
export interface Regex {
  /** Whether the whole text matches. */
  testExact(text: string): boolean;
}

/** The part of re2js that is used. */
export interface RegexEngine {
  /** Throws an Error that says what is wrong with the pattern. */
  compile(pattern: string): Regex;
}

let engine: RegexEngine | undefined;

/** Sets the engine where re2js can not be required: in a browser, `useRegexEngine(RE2JS)`. */
export function useRegexEngine(given: RegexEngine): void {
  engine = given;
}

/** Compiles a pattern; the error says what is wrong with it. */
export function compileRegex(pattern: string): { readonly regex: Regex } | { readonly error: string } {
  const loaded = (engine ??= loadEngine());
  try {
    return { regex: loaded.compile(pattern) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** The same for patterns that were decoded before. Throws on an invalid one. */
export function mustCompileRegex(pattern: string): Regex {
  const result = compileRegex(pattern);
  if ('error' in result) throw new Error(`'${pattern}' was not decoded: ${result.error}`);
  return result.regex;
}

function loadEngine(): RegexEngine {
  const module = globalThis.process?.getBuiltinModule?.('node:module');
  if (module === undefined) throw new Error('no engine for regular expressions: call useRegexEngine first');
  const { RE2JS } = module.createRequire(import.meta.url)('re2js') as typeof import('re2js');
  return RE2JS;
}

/** Characters that mean something in a pattern; all others stand for themselves. */
const META = new Set('\\.+*?()|[]{}^$');
const QUANTIFIER = new Set('*?+{');

/**
 * The text that every match of the pattern starts with ('' where none can be told), so that patterns can be
 * indexed: `/api/v[0-9]+/.*` starts with `/api/v`.
 */
export function literalPrefix(pattern: string): string {
  if (hasOuterAlternative(pattern)) return '';
  const start = pattern.startsWith('^') ? 1 : 0;
  let end = start;
  while (end < pattern.length && !META.has(pattern[end] ?? '')) end++;
  // A quantifier belongs to the character before it, which then need not be there.
  if (QUANTIFIER.has(pattern[end] ?? '')) end--;
  return pattern.slice(start, Math.max(start, end));
}

/** Whether `|` stands outside of parentheses, or might. */
function hasOuterAlternative(pattern: string): boolean {
  let depth = 0;
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i];
    if (char === '\\') {
      if (pattern[i + 1] === 'Q') return pattern.includes('|');
      i++;
    } else if (char === '[') {
      i = endOfClass(pattern, i);
    } else if (char === '(') {
      depth++;
    } else if (char === ')') {
      depth--;
    } else if (char === '|' && depth === 0) {
      return true;
    }
  }
  return false;
}

/** Index of the `]` that closes the class opened at `open`; a `]` right after `[` or `[^` is a member. */
function endOfClass(pattern: string, open: number): number {
  let i = open + 1;
  if (pattern[i] === '^') i++;
  if (pattern[i] === ']') i++;
  for (; i < pattern.length && pattern[i] !== ']'; i++) {
    if (pattern[i] === '\\') i++;
  }
  return i;
}
