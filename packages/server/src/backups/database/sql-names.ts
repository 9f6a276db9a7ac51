/** Names out of the catalogue, quoted (PostgreSQL, section 4.1.1). */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** `schema.table` as the catalogue gives it; a schema with a dot in its name is refused where tables are read. */
export const quoteTable = (name: string): string => {
  const dot = name.indexOf('.');
  return `${quoteName(name.slice(0, dot))}.${quoteName(name.slice(dot + 1))}`;
};

export const columnList = (columns: readonly { readonly name: string }[]): string =>
  columns.map(({ name }) => quoteName(name)).join(', ');

/** As a profile writes a table: `table` stands for `public.table`. */
export const qualified = (name: string): string => (name.includes('.') ? name : `public.${name}`);
