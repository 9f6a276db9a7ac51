import { expect, it } from 'vitest';
import { cutlistProfile } from '../testing/registry.ts';
import { CLIENT_CONTACT_ROLES, type Contact, contactsState } from './contacts.ts';

const shared = cutlistProfile().contacts;
const theirs: Contact[] = CLIENT_CONTACT_ROLES.map((role) => ({
  party: 'client',
  role,
  name: 'Ann',
  email: 'ann@acme.example',
  phone: '+43 1 234',
}));

it('REG-26, ROLE-06: all four of the client, each with a telephone number', () => {
  expect(contactsState(theirs, shared)).toEqual({ ours: true, theirs: true, missing: [] });
});

it.each(CLIENT_CONTACT_ROLES)('ROLE-06: without %s the contacts are not complete', (role) => {
  expect(
    contactsState(
      theirs.filter((one) => one.role !== role),
      shared,
    ),
  ).toMatchObject({
    theirs: false,
    missing: [`client.${role}`],
  });
  expect(
    contactsState(
      theirs.map((one) => (one.role === role ? { ...one, phone: null } : one)),
      shared,
    ),
  ).toMatchObject({
    theirs: false,
    missing: [`client.${role}.phone`],
  });
});

it('ROLE-05: ours come from the product unless the tenant has its own, and a missing one is named', () => {
  const { security_lead: _dropped, ...three } = shared;
  expect(contactsState(theirs, three)).toEqual({ ours: false, theirs: true, missing: ['vendor.security_lead'] });
  const own: Contact = { party: 'vendor', role: 'security_lead', name: 'Sam', email: 's@v.example', phone: null };
  expect(contactsState([...theirs, own], three)).toMatchObject({ ours: true });
});
