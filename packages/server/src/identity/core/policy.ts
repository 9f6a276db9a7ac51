/** What a tenant may ask of its users' log-ins, and what holds where it asks for nothing (CH-10). */
import { z } from 'zod';
import type { TenantPolicy } from '../authentication.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const DEFAULT_POLICY: TenantPolicy = {
  idleMs: 30 * MINUTE,
  absoluteMs: 12 * HOUR,
  accessTokenMs: 15 * MINUTE,
  refreshMs: 7 * DAY,
  mfaRequired: false,
  ipAllow: [],
  passwordsEnabled: true,
};

const milliseconds = (min: number, max: number) => z.int().min(min).max(max);
const range = z.union([z.cidrv4(), z.cidrv6()], 'expects a range of addresses such as 192.0.2.0/24');

export const policySchema = z
  .strictObject({
    idleMs: milliseconds(MINUTE, 30 * DAY),
    absoluteMs: milliseconds(5 * MINUTE, 90 * DAY),
    accessTokenMs: milliseconds(MINUTE, HOUR),
    refreshMs: milliseconds(HOUR, 90 * DAY),
    mfaRequired: z.boolean(),
    ipAllow: z.array(range).max(100),
    passwordsEnabled: z.boolean(),
  })
  .refine(({ idleMs, absoluteMs }) => absoluteMs >= idleMs, {
    path: ['absoluteMs'],
    error: 'is shorter than the idle time',
  })
  .refine(({ accessTokenMs, refreshMs }) => refreshMs >= accessTokenMs, {
    path: ['refreshMs'],
    error: 'is shorter than the life of an access token',
  });
