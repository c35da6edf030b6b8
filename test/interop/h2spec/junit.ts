// Reads the JUnit report of h2spec.

export interface CaseReport {
  readonly total: number;
  /** Cases that did not find what they test (such as trailers), and that h2spec counts neither way. */
  readonly skipped: readonly string[];
  /** `http2/5.1/11: closed: Sends a DATA frame`, in order; the first word is what h2spec takes to run it alone. */
  readonly failed: readonly string[];
}

export function parseJunit(xml: string): CaseReport {
  const seen = new Map<string, number>();
  const cases = [...xml.matchAll(/<testcase ([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)].map(
    ([, attributes = '', inner = '']) => {
      const section = attribute(attributes, 'package');
      const number = (seen.get(section) ?? 0) + 1;
      seen.set(section, number);
      return { name: `${section}/${number}: ${attribute(attributes, 'classname')}`, inner };
    },
  );
  const having = (element: RegExp): readonly string[] =>
    cases.flatMap(({ name, inner }) => (element.test(inner) ? [name] : []));
  return {
    total: cases.length,
    skipped: having(/<skipped\b/),
    failed: having(/<(failure|error)\b/),
  };
}

function attribute(text: string, name: string): string {
  const [, value = '?'] = new RegExp(`\\b${name}="([^"]*)"`).exec(text) ?? [];
  const entities: Readonly<Record<string, string>> = { quot: '"', apos: "'", lt: '<', gt: '>', amp: '&' };
  return value.replace(/&(?:#(\d+)|(\w+));/g, (whole, code, entity) =>
    code === undefined ? (entities[entity] ?? whole) : String.fromCodePoint(Number(code)),
  );
}
