import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readEvents } from './read-events.ts';

async function* cut(text: string, at: readonly number[]): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  const cuts = [...new Set(at.map((each) => each % (bytes.length + 1)))].sort((a, b) => a - b);
  let from = 0;
  for (const to of [...cuts, bytes.length]) {
    yield bytes.subarray(from, to);
    from = to;
  }
}

const read = async (text: string, at: readonly number[] = []) => {
  const events = [];
  for await (const event of readEvents(cut(text, at))) events.push(event);
  return events;
};

describe('readEvents', () => {
  const text = 'id: 1\nevent: beat\ndata: {"a":"ü€😀"}\n\n: still here\n\nevent: x\r\ndata: [1,\r\ndata: 2]\r\n\r\n';

  it('reads the same events however the bytes are cut up', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(200), { maxLength: 12 }), async (at) => {
        expect(await read(text, at)).toEqual([
          { event: 'beat', data: { a: 'ü€😀' } },
          'comment',
          { event: 'x', data: [1, 2] },
        ]);
      }),
    );
  });

  it('gives no event that was cut off before its end', async () => {
    expect(await read('event: beat\ndata: {}\n')).toEqual([]);
  });

  it('fails on data that is no JSON', async () => {
    await expect(read('data: {"a"\n\n')).rejects.toThrow(SyntaxError);
  });
});
