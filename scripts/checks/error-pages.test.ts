import { expect, it } from 'vitest';
import { errorPageFaults } from './error-pages.mjs';

const CODES = { 'tenant.not_found': { title: 'No such tenant' } };
const PAGE = '# tenant.not_found\n\n**What happened.** No such tenant.\n\n**What to do.** Look it up.\n';

const messages = (pages: Readonly<Record<string, string>>): string[] =>
  errorPageFaults(CODES, pages).map((fault) => `${fault.path}: ${fault.message}`);

it('a page for each code and a code for each page is no fault', () => {
  expect(messages({ 'tenant.not_found.md': PAGE, 'README.md': '# Errors\n' })).toEqual([]);
});

it('a code without a page and a page without a code are both faults', () => {
  expect(messages({ 'tenant.lost.md': PAGE })).toEqual([
    'docs/errors/tenant.not_found.md: the code tenant.not_found has no page',
    'docs/errors/tenant.lost.md: no error has this code',
  ]);
});

it('a page says what happened and what to do, under the name of its code', () => {
  expect(messages({ 'tenant.not_found.md': '# Lost\n\n**What happened.** It is gone.\n' })).toEqual([
    'docs/errors/tenant.not_found.md: does not start with "# tenant.not_found"',
    'docs/errors/tenant.not_found.md: has no paragraph "**What to do.**"',
  ]);
});
