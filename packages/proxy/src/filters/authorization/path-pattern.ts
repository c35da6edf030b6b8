// Path patterns of authorization policies: exact, `/prefix*`, `*suffix`, `*`, or a template in which `{*}` stands
// for one element of one or more characters and `{**}` for the rest, which may be empty: `/books/{*}/reviews`,
// `/static/{**}`. A template for `/a/{**}` does not cover `/a` itself (as in Envoy's URI templates).

import { elementPrefix } from '../../router/path-index.ts';
import { hasInnerWildcard } from './string-pattern.ts';

export interface PathPattern {
  test(path: string): boolean;
  /** Where an index may keep it: `exact`, or below a prefix of whole elements ('' for everywhere). */
  readonly place: { readonly kind: 'exact' | 'prefix'; readonly path: string };
}

const ANYWHERE = { kind: 'prefix', path: '' } as const;

/** What is wrong with a pattern; undefined where nothing is. */
export function pathPatternError(pattern: string): string | undefined {
  if (!isTemplate(pattern)) {
    if (hasInnerWildcard(pattern))
      return '`*` can only stand at the start or the end; `{*}` is one path element';
    if (!pattern.startsWith('/') && !pattern.startsWith('*')) return 'a path has to begin with `/` or `*`';
    return undefined;
  }
  if (!pattern.startsWith('/')) return 'a path template has to begin with `/`';
  const elements = pattern.slice(1).split('/');
  for (const [i, element] of elements.entries()) {
    if (element === '{*}') continue;
    if (element === '{**}') {
      if (i < elements.length - 1) return '`{**}` has to be the last element';
    } else if (/[{}*]/.test(element)) {
      return `\`${element}\`: in a template an element is either a text, \`{*}\` or \`{**}\``;
    }
  }
  return undefined;
}

/** `pattern`: one that pathPatternError has nothing against. */
export function compilePathPattern(pattern: string): PathPattern {
  if (isTemplate(pattern)) return compileTemplate(pattern);
  // `/*` says every path, so it covers the `*` of OPTIONS as well: else a DENY of everything would miss it.
  if (pattern === '*' || pattern === '/*') return { test: () => true, place: ANYWHERE };
  if (pattern.startsWith('*')) {
    const text = pattern.slice(1);
    if (text.endsWith('*')) {
      const inner = text.slice(0, -1);
      return { test: (path) => path.includes(inner), place: ANYWHERE };
    }
    return { test: (path) => path.endsWith(text), place: ANYWHERE };
  }
  if (pattern.endsWith('*')) {
    const prefix = pattern.slice(0, -1);
    return {
      test: (path) => path.startsWith(prefix),
      place: { kind: 'prefix', path: elementPrefix(prefix) },
    };
  }
  return { test: (path) => path === pattern, place: { kind: 'exact', path: pattern } };
}

function isTemplate(pattern: string): boolean {
  return pattern.includes('{') || pattern.includes('}');
}

function compileTemplate(template: string): PathPattern {
  const elements = template.slice(1).split('/');
  const hasRest = elements.at(-1) === '{**}';
  if (hasRest) elements.pop();
  return {
    test: (path) => matchesElements(path, elements, hasRest),
    place: { kind: 'prefix', path: elementPrefix(template.slice(0, template.indexOf('{'))) },
  };
}

function matchesElements(path: string, elements: readonly string[], hasRest: boolean): boolean {
  let position = 0;
  for (const element of elements) {
    if (path[position] !== '/') return false;
    const start = position + 1;
    const slash = path.indexOf('/', start);
    const end = slash === -1 ? path.length : slash;
    if (element === '{*}') {
      if (end === start) return false;
    } else if (end - start !== element.length || !path.startsWith(element, start)) {
      return false;
    }
    position = end;
  }
  return hasRest ? path[position] === '/' : position === path.length;
}
