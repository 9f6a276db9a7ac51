/** Room for an ending that tells two companies of one name apart. */
const LENGTH_MAX = 40;

/** A name as a slug might read: `Müller & Söhne GmbH` -> `muller-sohne-gmbh`. May be reserved, taken or empty. */
export const slugFrom = (name: string): string =>
  name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, LENGTH_MAX)
    .replaceAll(/^-+|-+$/g, '');
