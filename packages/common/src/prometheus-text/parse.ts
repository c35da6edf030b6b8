// Reads the Prometheus text format 0.0.4, as far as a scraper of a few families needs it: samples by name, the
// lines of all others skipped without a look. Works on bytes: a string that outlives the scrape (a label set
// that a caller keeps) is then a copy and does not hold the whole text in memory.
// https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details

const LINE_FEED = 0x0a;
const HASH = 0x23;
const SPACE = 0x20;
const TAB = 0x09;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * Calls `take` for every sample of the names wanted, in the order written; timestamps are ignored. `labels` is
 * the label set as written between the braces, `le` included ('' where there is none): a good key, and
 * parseLabels reads it. Returns the number of wanted lines that could not be read.
 */
export function parseSamples(
  text: Buffer,
  wanted: ReadonlySet<string>,
  take: (name: string, labels: string, value: number) => void,
): number {
  let unreadable = 0;
  for (let start = 0; start < text.length; ) {
    const feed = text.indexOf(LINE_FEED, start);
    const end = feed === -1 ? text.length : feed;
    if (text[start] !== HASH && end > start && !parseLine(text, start, end, wanted, take)) unreadable++;
    start = end + 1;
  }
  return unreadable;
}

function parseLine(
  text: Buffer,
  start: number,
  end: number,
  wanted: ReadonlySet<string>,
  take: (name: string, labels: string, value: number) => void,
): boolean {
  let at = start;
  while (at < end && text[at] !== OPEN_BRACE && !isBlank(text[at])) at++;
  const name = text.toString('latin1', start, at);
  if (!wanted.has(name)) return true;

  while (isBlank(text[at])) at++;
  let labels = '';
  if (text[at] === OPEN_BRACE) {
    // The last brace of the line: what follows is a number, those before are inside of quotes.
    const close = text.lastIndexOf(CLOSE_BRACE, end - 1);
    if (close < at) return false;
    labels = text.toString('utf8', at + 1, close);
    at = close + 1;
  }
  const value = parseNumber(text.toString('latin1', at, end));
  if (value === undefined) return false;
  take(name, labels, value);
  return true;
}

/** The first word is the value, a second one is the timestamp. */
function parseNumber(text: string): number | undefined {
  const word = text.trim().split(/\s+/, 1)[0] ?? '';
  if (word === '+Inf' || word === 'Inf') return Infinity;
  if (word === '-Inf') return -Infinity;
  if (word === 'NaN') return NaN;
  const value = Number(word);
  return word === '' || Number.isNaN(value) ? undefined : value;
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB;
}

const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)/suy;

/** The labels by name; undefined where the text is not a label set. */
export function parseLabels(text: string): ReadonlyMap<string, string> | undefined {
  const labels = new Map<string, string>();
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const match = LABEL.exec(text);
    if (match === null) return undefined;
    labels.set(match[1]!, unescape(match[2]!));
  }
  return labels;
}

function unescape(value: string): string {
  return value.includes('\\') ? value.replace(/\\(.)/gsu, (_, c: string) => (c === 'n' ? '\n' : c)) : value;
}
