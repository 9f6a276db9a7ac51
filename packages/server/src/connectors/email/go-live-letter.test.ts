import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseRunbook, stepsOf } from '@tenantry/runbook';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { testContext } from '../kit/testing/context.ts';
import { composeLetter } from './compose.ts';

const FOLDER = fileURLToPath(new URL('../../../../../runbooks/cutlist', import.meta.url));
const text = (name: string): string => readFileSync(join(FOLDER, name), 'utf8');

const product = parse(text('product.yaml')) as { readonly name: string; readonly support: { readonly email: string } };
const values = {
  company: 'Northwind Joinery',
  contact: 'Nora Lindqvist',
  product: product.name,
  app_url: 'https://app.cutlistcreator.example',
  support: product.support.email,
  response: '1 hour around the clock',
  escalation: 'Support Lead',
  sender: 'Customer Success',
  go_live: '2031-03-03',
  check_in: '2031-03-10',
  hypercare_until: '2031-03-17',
};
const ctx = testContext({
  templates: { 'templates/go-live.md': text('templates/go-live.md') },
  tenant: {
    id: '11111111-1111-4111-8111-111111111111',
    slug: 'northwind-joinery',
    texts: { login_method: 'E-mail and password' },
  },
});

it('LIVE-15, LIVE-16: the customer reads that they are live, how to get in, whom to ask and what comes next', () => {
  const letter = composeLetter(ctx, {
    from: 'a@vendor.example',
    to: ['nora@client.example'],
    template: 'go-live',
    values,
  });
  expect(letter.subject).toBe('CutListCreator Go-Live Complete - Northwind Joinery');
  expect(letter.text).toMatchInlineSnapshot(`
    "Dear Nora Lindqvist,

    I am pleased to confirm that CutListCreator is now live for Northwind Joinery.

    **Access Details**

    - URL: https://app.cutlistcreator.example
    - Login: E-mail and password

    **Support**

    - E-mail: support@cutlistcreator.example
    - Response time: 1 hour around the clock
    - Escalation: Support Lead

    **Next Steps**

    1. Begin with the users of your teams.
    2. We call you a week from now, on 2031-03-10.
    3. Until 2031-03-17 we watch over your tenant closely: hypercare began on 2031-03-03.

    Please do not hesitate to ask whatever comes up.

    Best regards,
    Customer Success
    "
  `);
  expect(letter.html).not.toMatch(/\$\{\{|undefined|null/);
});

it('LIVE-15: the runbook hands the letter exactly what it asks for', () => {
  const read = (name: string) => (existsSync(join(FOLDER, name)) ? text(name) : undefined);
  const { runbook } = parseRunbook(text('enterprise-onboarding.yaml'), { file: 'enterprise-onboarding.yaml', read });
  const announce = runbook === undefined ? undefined : stepsOf(runbook).find(({ id }) => id === 'announce')?.body;
  if (announce?.kind !== 'uses') return expect.fail('announce is no action');
  const { values: given } = announce.with as { readonly values: object };
  expect(Object.keys(given).sort()).toEqual(Object.keys(values).sort());
});
