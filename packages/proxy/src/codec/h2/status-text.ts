// Statuses as they are written, made once: a string for each response would be garbage.

const TEXTS = Array.from({ length: 600 }, (_, status) => String(status));

export function statusText(status: number): string {
  return TEXTS[status] ?? String(status);
}
