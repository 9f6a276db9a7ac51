/** @typedef {import('./imports.mjs').Fault} Fault */

const PARTS = ['**What happened.**', '**What to do.**'];

/**
 * Holds the closed list of error codes and the pages in `docs/errors` equal, both ways.
 *
 * @param {Readonly<Record<string, { title: string }>>} codes
 * @param {Readonly<Record<string, string>>} pages text of each page by file name
 * @returns {Fault[]}
 */
export function errorPageFaults(codes, pages) {
  /** @type {Fault[]} */
  const faults = [];
  for (const code of Object.keys(codes)) {
    const path = `docs/errors/${code}.md`;
    const page = pages[`${code}.md`];
    if (page === undefined) {
      faults.push({ path, line: 1, message: `the code ${code} has no page` });
      continue;
    }
    if (!page.startsWith(`# ${code}\n`)) faults.push({ path, line: 1, message: `does not start with "# ${code}"` });
    for (const part of PARTS) {
      if (!page.includes(`\n${part} `)) faults.push({ path, line: 1, message: `has no paragraph "${part}"` });
    }
  }
  for (const name of Object.keys(pages)) {
    if (name !== 'README.md' && !Object.hasOwn(codes, name.replace(/\.md$/, ''))) {
      faults.push({ path: `docs/errors/${name}`, line: 1, message: 'no error has this code' });
    }
  }
  return faults;
}
