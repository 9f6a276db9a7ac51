import { describe, expect, it } from 'vitest';
import { Secret } from '../connectors/kit/index.ts';
import { createLogger, redactText } from './logger.ts';

function logged(write: (logger: ReturnType<typeof createLogger>) => void, logLevel = 'info'): string {
  const lines: string[] = [];
  write(createLogger({ logLevel, destination: { write: (line) => void lines.push(line) } }));
  return lines.join('');
}

const KEY = `tnt_abcdefgh_${'A'.repeat(43)}`;

describe('createLogger', () => {
  it('redacts members named like secrets, values of type Secret, and credentials in any text', () => {
    const text = logged((logger) => {
      logger.info({ authorization: 'hunter2', headers: { cookie: 'hunter2' } }, 'one');
      logger.info(
        { request: { headers: { authorization: 'hunter2' } }, deep: { a: { b: { token: 'hunter2' } } } },
        'two',
      );
      logger.info({ 'set-cookie': ['hunter2'], clientSecret: 'hunter2', api_key: 'with "quotes" hunter2' }, 'deeper');
      logger.info({ a: { b: { c: { d: { e: { f: { accessToken: 'hunter2' } } } } } } }, 'deepest');
      logger.info({ found: new Secret('hunter2'), list: [new Secret('hunter2')] }, 'three');
      logger.error({ err: new Error(`refused ${KEY}`) }, `with ${KEY}`);
      logger.child({ password: 'hunter2' }).warn('Authorization: Bearer hunter2hunter2');
      logger.warn('connecting to postgres://tenantry:hunter2@db.internal/tenantry');
    });
    expect(text.trim().split('\n')).toHaveLength(8);
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain(KEY);
    for (const line of text.trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow();
    expect(text).toContain('@db.internal/tenantry');
  });

  it('writes what its level asks for', () => {
    expect(logged((logger) => logger.info('quiet'), 'warn')).toBe('');
    expect(JSON.parse(logged((logger) => logger.warn({ runId: 'r1' }, 'loud'), 'warn'))).toMatchObject({
      runId: 'r1',
      msg: 'loud',
    });
  });
});

describe('redactText', () => {
  // Two million characters: a pattern that looks back and forth over them would take minutes.
  it.each(['a', 'a-', 'a://', '://:', 'x://b:', 'Bearer ', 'tnt_abcdefgh_', '"-', '"token":"', '\\"token\\":['])(
    'is not held up by a text made of %j',
    (part) => {
      const text = part.repeat(2_000_000 / part.length);
      expect(redactText(`${text} ${KEY}`)).not.toContain(KEY);
    },
  );

  it.each([
    'https://tenantry.example:7400/errors',
    'postgres://db.internal:5432/tenantry',
    'Bearer',
    'mail to ada@vendor.example',
    '{"$secret":"vault:0f0c2d7c","tokens":3,"secretRef":"x"}',
  ])('leaves %s as it is', (text) => {
    expect(redactText(text)).toBe(text);
  });
});
