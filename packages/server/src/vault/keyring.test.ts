import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret } from '../connectors/kit/index.ts';
import { openBox, sealBox } from './box.ts';
import { createKeyring } from './keyring.ts';
import { makeKey, makeKeyring } from './testing/fixtures.ts';

const CONTEXT = ['entry', 'a', null];

describe('a sealed box', () => {
  const key = randomBytes(32);

  it.each([0, 1, 15, 16, 17, 4096])('gives back its %i bytes', (size) => {
    const plain = randomBytes(size);
    expect(openBox(key, sealBox(key, plain, CONTEXT), CONTEXT)).toEqual(plain);
  });

  it('opens with no bit of it flipped, wherever the bit stands', () => {
    const { nonce, box } = sealBox(key, Buffer.from('a secret of some length'), CONTEXT);
    const flipped = (bytes: Buffer, bit: number): Buffer => {
      const copy = Buffer.from(bytes);
      copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      return copy;
    };
    const opened = [
      ...Array.from({ length: box.length * 8 }, (_, bit) => openBox(key, { nonce, box: flipped(box, bit) }, CONTEXT)),
      ...Array.from({ length: nonce.length * 8 }, (_, bit) =>
        openBox(key, { nonce: flipped(nonce, bit), box }, CONTEXT),
      ),
    ];
    expect(opened.filter((plain) => plain !== undefined)).toEqual([]);
  });

  it('opens neither cut short, nor lengthened, nor under another key', () => {
    const { nonce, box } = sealBox(key, Buffer.from('secret'), CONTEXT);
    for (let length = 0; length < box.length; length++) {
      expect(openBox(key, { nonce, box: box.subarray(0, length) }, CONTEXT)).toBeUndefined();
    }
    expect(openBox(key, { nonce, box: Buffer.concat([box, Buffer.alloc(1)]) }, CONTEXT)).toBeUndefined();
    expect(openBox(key, { nonce: nonce.subarray(1), box }, CONTEXT)).toBeUndefined();
    expect(openBox(randomBytes(32), { nonce, box }, CONTEXT)).toBeUndefined();
  });

  it('opens beside no other values than those it was sealed beside', () => {
    const sealed = sealBox(key, Buffer.from('secret'), ['a', 'bc']);
    expect(openBox(key, sealed, ['ab', 'c'])).toBeUndefined();
    expect(openBox(key, sealed, ['a', 'bc', null])).toBeUndefined();
  });

  it('looks different each time the same bytes are sealed', () => {
    const boxes = Array.from({ length: 50 }, () => sealBox(key, Buffer.from('same'), CONTEXT).box.toString('hex'));
    expect(new Set(boxes).size).toBe(50);
  });
});

describe('a key ring', () => {
  it.each([
    ['31 bytes', randomBytes(31).toString('base64')],
    ['33 bytes', randomBytes(33).toString('base64')],
    ['nothing', ''],
    ['hex', randomBytes(32).toString('hex')],
  ])('refuses a key of %s, names its id and keeps its text to itself', (_what, text) => {
    const failure = expectThrown(() => createKeyring({ current: 'k1', keys: { k1: new Secret(text) } }));
    expect(failure).toMatchObject({ code: 'config.invalid', faults: [{ path: 'vault.keys.k1' }] });
    if (text !== '') expect(inspect(failure, { depth: 9 })).not.toContain(text);
  });

  it('tells every faulty key at once, and a current key that is not there', () => {
    const failure = expectThrown(() =>
      createKeyring({ current: 'gone', keys: { a: new Secret('x'), 'B!': makeKey() } }),
    );
    expect(failure).toMatchObject({
      faults: [{ path: 'vault.keys.a' }, { path: 'vault.keys.B!' }, { path: 'vault.current' }],
    });
  });

  it('takes a key with the line end a file gives it', () => {
    const key = makeKey();
    const fromFile = createKeyring({ current: 'k1', keys: { k1: new Secret(`${key.reveal()}\n`) } });
    const ring = createKeyring({ current: 'k1', keys: { k1: key } });
    expect(ring.unwrap(fromFile.wrap(Buffer.from('data key'), CONTEXT), CONTEXT).toString()).toBe('data key');
  });

  it('CH-37: prints without its keys', () => {
    const key = makeKey();
    const ring = createKeyring({ current: 'k1', keys: { k1: key } });
    const printed = `${inspect(ring, { depth: 9, showHidden: true })}${JSON.stringify(ring)}`;
    expect(printed).toContain('k1');
    expect(printed).not.toContain(key.reveal());
    expect(printed).not.toContain(Buffer.from(key.reveal(), 'base64').toString('hex'));
  });

  it('says which key is missing when it lacks the one a data key was wrapped under', () => {
    const wrapped = makeKeyring('old').wrap(randomBytes(32), CONTEXT);
    expect(expectThrown(() => makeKeyring('new').unwrap(wrapped, CONTEXT))).toMatchObject({
      code: 'vault.key_missing',
      facts: { keyIds: ['old'] },
    });
  });

  it('says unreadable when another key bears the id', () => {
    const wrapped = makeKeyring('k1').wrap(randomBytes(32), CONTEXT);
    expect(expectThrown(() => makeKeyring('k1').unwrap(wrapped, CONTEXT))).toMatchObject({ code: 'vault.unreadable' });
  });

  it('gives one check value for one key, and another for each other key or id', () => {
    const key = makeKey();
    const check = (id: string, text: Secret): string =>
      createKeyring({ current: id, keys: { [id]: text } })
        .checkValue(id)
        .toString('hex');
    expect(check('k1', key)).toBe(check('k1', key));
    expect(new Set([check('k1', key), check('k2', key), check('k1', makeKey())]).size).toBe(3);
  });
});

function expectThrown(fn: () => unknown): unknown {
  try {
    fn();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
