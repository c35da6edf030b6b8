// The names in a certificate, apart from each other.

/** Node joins names by `, ` and writes those that hold a comma or a quote as JSON strings (CVE-2021-44532). */
export function namesIn(subjectAltName: string): string[] {
  const names = subjectAltName.match(/(?:[^",]|"(?:[^"\\]|\\.)*")+/g) ?? [];
  return names.map((name) => name.trim());
}
