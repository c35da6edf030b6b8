// The text of a NACK's error_detail: one refused resource a line, `<Type> <name>: <field>: <message>`, so that
// both people and the control plane's proxy status can read which object and field it was.

export interface NackedResource {
  readonly type: string;
  readonly name: string;
  /** `rules[0].matches[1].path.value`; '' for the whole resource. */
  readonly field: string;
  readonly message: string;
}

/** Names and fields never hold `: `; the whole resource is written as JSONPath's root (RFC 9535 2.2). */
const WHOLE = '$';
const LINE = /^(\S+) (.+?): (\S+): (.*)$/;

export function formatNack(refused: readonly NackedResource[]): string {
  return refused
    .map(({ type, name, field, message }) => {
      const oneLine = message.replace(/[\r\n]+/g, ' ');
      return `${type} ${name}: ${field === '' ? WHOLE : field}: ${oneLine}`;
    })
    .join('\n');
}

/** The lines that have the form; a text of another client's yields none. */
export function parseNack(text: string): NackedResource[] {
  const refused: NackedResource[] = [];
  for (const line of text.split('\n')) {
    const match = LINE.exec(line);
    if (match === null) continue;
    const [, type = '', name = '', field = '', message = ''] = match;
    refused.push({ type, name, field: field === WHOLE ? '' : field, message });
  }
  return refused;
}
