import type { StreamEvent } from './replica.ts';

/** No event of ours comes near it; a line that never ends must not fill the memory. */
const EVENT_MAX = 32 * 1_024 * 1_024;

/** Server-sent events (HTML standard, 9.2.6) whose data is JSON. @throws SyntaxError, RangeError */
export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<StreamEvent | 'comment'> {
  const decoder = new TextDecoder();
  let rest = '';
  let event = '';
  let data = '';
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true });
    // A carriage return at the end may be half of a line break.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') {
        if (data !== '') yield { event: event === '' ? 'message' : event, data: JSON.parse(data) };
        event = '';
        data = '';
      } else if (line.startsWith(':')) yield 'comment';
      else if (line.startsWith('event:')) event = textAfter(line, 6);
      else if (line.startsWith('data:')) data += (data === '' ? '' : '\n') + textAfter(line, 5);
    }
    if (rest.length + data.length > EVENT_MAX) throw new RangeError('an event of the stream is too long');
  }
}

const textAfter = (line: string, from: number): string => line.slice(line[from] === ' ' ? from + 1 : from);
