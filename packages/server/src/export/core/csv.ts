/** One row as RFC 4180 has it. Structures are JSON in their field; null is empty. */
export const csvLine = (values: readonly unknown[]): string => `${values.map(field).join(',')}\r\n`;

/** A field that begins like a formula is one to spreadsheets: the apostrophe keeps it text (OWASP, CSV injection). */
function field(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
