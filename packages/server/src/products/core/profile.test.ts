import { expect, it } from 'vitest';
import { cutlistProfile } from '../../tenants/testing/registry.ts';
import { parseProfile } from './profile.ts';

const profile = cutlistProfile();

it('CH-34, ROLE-09: the shipped profile of CutListCreator has its own roles, each mapped to a permission', () => {
  expect(profile).toMatchObject({ product: 'cutlist', name: 'CutListCreator' });
  expect(profile.roles.map(({ key, permission }) => [key, permission])).toEqual([
    ['admin', 'owner_admin'],
    ['user', 'member'],
  ]);
});

const without = (plan: 'free' | 'starter', limit: string) => {
  const copy = structuredClone(profile);
  delete copy.plans[plan].limits[limit];
  return copy;
};

it.each([
  ['an unknown key', { ...profile, colour: 'red' }, ''],
  ['an address that is none', { ...profile, urls: { ...profile.urls, app: 'localhost' } }, 'urls.app'],
  ['no role that administers', { ...profile, roles: profile.roles.slice(1) }, 'roles'],
  ['one role twice', { ...profile, roles: [...profile.roles, ...profile.roles] }, 'roles'],
  ['a limit that one plan lacks', without('starter', 'users'), 'plans.starter.limits.users'],
  ['a limit that only other plans have', without('free', 'users'), 'plans.starter.limits.users'],
  ['a plan too few', { ...profile, plans: { ...profile.plans, starter: undefined } }, 'plans.starter'],
])('a profile with %s is refused', (_what, value, path) => {
  expect(() => parseProfile(value)).toThrow(
    expect.objectContaining({
      code: 'request.invalid',
      faults: expect.arrayContaining([expect.objectContaining({ path })]),
    }),
  );
});
