// Label sets in the form in which they are written out: `a="1",b="2"`. A label set is built once, where a series
// is resolved, and the one string is shared by every family that has a series with it.

declare const written: unique symbol;

/** A label set as the exposition formats write it between the braces; '' has no labels. */
export type Labels = string & { readonly [written]: true };

export const NO_LABELS = '' as Labels;

const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/**
 * Builds a label set, in the order given. Values may be any text.
 * Throws on a name that Prometheus does not allow, or on `le`, which belongs to histograms.
 */
export function labels(values: Readonly<Record<string, string>>): Labels {
  let text = '';
  for (const [name, value] of Object.entries(values)) {
    if (!LABEL_NAME.test(name) || name === 'le') throw new Error(`metrics: '${name}' can not name a label`);
    text += `${text === '' ? '' : ','}${name}="${escapeLabelValue(value)}"`;
  }
  return text as Labels;
}

/** Escapes backslash, quote and line feed, the three that both formats know; everything else is literal. */
export function escapeLabelValue(value: string): string {
  return /["\\\n]/.test(value)
    ? value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
    : value;
}
