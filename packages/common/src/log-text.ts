// Text from the network made safe for a log line: no value can end its line, its quotes or its column, nor send
// control sequences to a terminal that shows the log.

// C0 and C1 controls, DEL, the quote and the backslash.
const UNSAFE = /["\\\u0000-\u001f\u007f-\u009f]/;
const EACH_UNSAFE = new RegExp(UNSAFE, 'g');
// What also must not be in a column that is not quoted.
const EACH_UNSAFE_IN_COLUMN = /["\\\s\u0000-\u0020\u007f-\u00a0]/g;

/** A JSON string with its quotes. */
export function jsonString(value: string): string {
  return UNSAFE.test(value) ? `"${value.replace(EACH_UNSAFE, jsonEscape)}"` : `"${value}"`;
}

/** A quoted column of a text log. */
export function quotedColumn(value: string | undefined): string {
  return value === undefined ? '"-"' : jsonString(value);
}

/** A column of a text log without quotes; what does not fit becomes `_`, as in Envoy. */
export function column(value: string | number | undefined): string {
  if (value === undefined || value === '') return '-';
  return typeof value === 'number' ? String(value) : value.replace(EACH_UNSAFE_IN_COLUMN, '_');
}

function jsonEscape(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`;
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
