/** How the vendor's own people sign in: their company's OpenID Provider, beside passwords with a second factor. */
import type { Fault } from '@tenantry/contract';
import { z } from 'zod';
import { PLATFORM_ROLE_NAMES } from './access/index.ts';
import { Secret } from './connectors/kit/index.ts';
import type { GroupRole, ProviderSettings } from './people/index.ts';

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

const groupRoles = list.transform((entries, context): readonly GroupRole[] =>
  entries.flatMap((entry) => {
    const [, group = '', name = '', productId] = /^(.+)=([a-z_]+)(?:@([a-z0-9-]+))?$/.exec(entry) ?? [];
    const role = PLATFORM_ROLE_NAMES.find((each) => each === name);
    if (role !== undefined) return [{ group, role, productId }];
    context.addIssue({
      code: 'custom',
      message: `"${entry}" is not GROUP=ROLE or GROUP=ROLE@PRODUCT with a role of ${PLATFORM_ROLE_NAMES.join(', ')}`,
    });
    return [];
  }),
);

/** Settings of the environment, each with the words of the reference page. */
export const operatorSettings = {
  operatorOidcIssuer: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'Issuer of the OpenID Provider that operators sign in with. Without it they sign in with passwords only.',
    ),
  operatorOidcClientId: z.string().min(1).optional().describe('What this installation is called there.'),
  operatorOidcClientSecret: z
    .string()
    .min(1)
    .transform((text) => new Secret(text))
    .optional()
    .describe('Its secret there.'),
  operatorOidcLabel: z.string().min(1).default('your company').describe('Whose account it is, on the button.'),
  operatorOidcDomains: list
    .default([])
    .describe('Domains whose addresses the provider may vouch for, comma-separated.'),
  operatorOidcHd: z.string().min(1).optional().describe('The `hd` claim each sign-in must carry (Google Workspace).'),
  operatorOidcGroupsClaim: z
    .string()
    .min(1)
    .optional()
    .describe('Claim with the groups of a person. Default: `groups`.'),
  operatorOidcGroupRoles: groupRoles
    .default([])
    .describe('Roles by group, `GROUP=ROLE` or `GROUP=ROLE@PRODUCT`, comma-separated; else owners give them by hand.'),
};

const schema = z.object(operatorSettings);
type OperatorSettings = z.output<typeof schema>;
type SettingName = keyof OperatorSettings;

/** What must be set together. */
export function operatorFaults(settings: OperatorSettings, nameOf: (setting: SettingName) => string): readonly Fault[] {
  const { operatorOidcIssuer: issuer, operatorOidcDomains: domains, operatorOidcHd: hd } = settings;
  if (issuer === undefined) return [];
  const missing = (['operatorOidcClientId', 'operatorOidcClientSecret'] as const)
    .filter((name) => settings[name] === undefined)
    .map((name) => ({ path: nameOf(name), message: 'is needed beside the issuer' }));
  if (domains.length > 0 || hd !== undefined) return missing;
  const message = 'is empty: name the domains whose addresses the provider may vouch for';
  return [...missing, { path: nameOf('operatorOidcDomains'), message, fix: 'Set it, or the hd claim.' }];
}

export function providerOf(settings: Readonly<OperatorSettings>): ProviderSettings | undefined {
  const { operatorOidcIssuer: issuer, operatorOidcClientId: clientId, operatorOidcClientSecret: secret } = settings;
  if (issuer === undefined || clientId === undefined || secret === undefined) return undefined;
  return {
    issuer,
    clientId,
    clientSecret: secret,
    label: settings.operatorOidcLabel,
    allowedDomains: settings.operatorOidcDomains.map((domain) => domain.toLowerCase()),
    hostedDomain: settings.operatorOidcHd,
    groupsClaim: settings.operatorOidcGroupsClaim,
    groupRoles: settings.operatorOidcGroupRoles,
  };
}
