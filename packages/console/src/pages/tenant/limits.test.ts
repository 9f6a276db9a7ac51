import { describe, expect, it } from 'vitest';
import { amountText, limitOf, limitText, limitTitle, parseLimit, windowText } from './limits.ts';

describe('limits', () => {
  it('are taken as people write them, and nothing else is taken for one', () => {
    expect(['20', ' 0 ', 'Unlimited'].map(parseLimit)).toEqual([20, 0, 'unlimited']);
    expect(['', '-1', '1.5', '1e9', 'none', '9'.repeat(16)].map(parseLimit)).toEqual(Array(6).fill(undefined));
  });

  it('that nobody set are not shown as zero, and windows say how long they are', () => {
    expect([limitText(null), limitText(0), limitText('unlimited')]).toEqual(['not set', '0', 'unlimited']);
    expect([900_000, 60_000, 3_600_000].map(windowText)).toEqual(['15 minutes', 'minute', 'hour']);
  });

  it('are called and measured as people do', () => {
    expect(['storage_bytes', 'api_calls_per_15min', 'sso', 'users'].map(limitTitle)).toEqual([
      'Storage',
      'API calls',
      'SSO',
      'Users',
    ]);
    expect([
      amountText('storage_bytes', 10_000_000_000),
      amountText('storage_bytes', 12),
      amountText('users', 7),
    ]).toEqual(['10 GB', '12 bytes', '7']);
    expect([limitOf('storage_bytes', 1_500_000), limitOf('storage_bytes', 'unlimited')]).toEqual([
      '1.5 MB',
      'unlimited',
    ]);
  });
});
