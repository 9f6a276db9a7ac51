import { describe, expect, it } from 'vitest';
import { writtenTerminal } from '../testing/written-terminal.ts';
import { plainLine, plainText } from './plain-text.ts';
import { tableLines } from './table.ts';
import { fitText, textWidth, wrapText } from './text-width.ts';
import { agoText, between, durationText, timeText } from './time-text.ts';

const ESCAPE = '\u001b';

describe('a terminal', () => {
  it('is coloured on a TTY and nowhere else', () => {
    const onTty = writtenTerminal({ isTTY: true, noColor: false }).terminal;
    const inPipe = writtenTerminal({ isTTY: false, noColor: false }).terminal;

    expect(onTty.style.good('yes')).toBe(`${ESCAPE}[32myes${ESCAPE}[39m`);
    expect(inPipe.style.good('yes')).toBe('yes');
  });

  it('is not coloured with NO_COLOR', () => {
    expect(writtenTerminal({ isTTY: true, noColor: true }).terminal.style.bad('no')).toBe('no');
  });

  it('takes its status line away before anything else is written, and shows none in a pipe', () => {
    const tty = writtenTerminal({ isTTY: true, columns: 80 });
    tty.terminal.status('→ working');
    tty.terminal.line('done');
    const pipe = writtenTerminal();
    pipe.terminal.status('→ working');

    expect(tty.text()).toBe(`→ working\r${ESCAPE}[2Kdone\n`);
    expect(pipe.text()).toBe('');
  });
});

describe('text of others', () => {
  it('cannot move the cursor, colour or turn round what follows it', () => {
    expect(plainText(`a${ESCAPE}[31mb${ESCAPE}]0;title\u0007c\u202ed\re`)).toBe('abcde');
    expect(plainLine('two\n  lines\t!')).toBe('two lines !');
  });

  it('is measured in cells: wide characters and pictures take two, marks and colours none', () => {
    expect(textWidth('abc')).toBe(3);
    expect(textWidth('日本')).toBe(4);
    expect(textWidth('e\u0301')).toBe(1);
    expect(textWidth('🚀')).toBe(2);
    expect(textWidth(`${ESCAPE}[1mabc${ESCAPE}[22m`)).toBe(3);
  });

  it('is cut with an ellipsis where it does not fit, between characters', () => {
    expect(fitText('abcdef', 6)).toBe('abcdef');
    expect(fitText('abcdefg', 6)).toBe('abcde…');
    expect(fitText('日本語', 5)).toBe('日本…');
  });

  it('is broken between words and keeps its own line breaks', () => {
    expect(wrapText('the quick brown fox jumps over\n\nthe lazy dog', 20)).toEqual([
      'the quick brown fox',
      'jumps over',
      '',
      'the lazy dog',
    ]);
  });
});

describe('a table', () => {
  const rows = [
    { slug: 'acme', name: 'Acme Joinery and Cabinet Makers of Upper Bavaria' },
    { slug: 'northwind', name: 'Northwind' },
  ];
  const columns = [
    { title: 'slug', text: (row: (typeof rows)[number]) => row.slug },
    { title: 'name', text: (row: (typeof rows)[number]) => row.name, flexible: true },
    { title: 'plan', text: () => 'free' },
  ];

  it('gives each column the width of its longest text, and cuts nothing in a pipe', () => {
    expect(tableLines(rows, columns, writtenTerminal().terminal)).toEqual([
      'SLUG       NAME                                              PLAN',
      'acme       Acme Joinery and Cabinet Makers of Upper Bavaria  free',
      'northwind  Northwind                                         free',
    ]);
  });

  it('cuts the flexible column to the width of a terminal', () => {
    const lines = tableLines(rows, columns, writtenTerminal({ isTTY: true, columns: 40 }).terminal);
    expect(lines).toEqual([
      'SLUG       NAME                     PLAN',
      'acme       Acme Joinery and Cabin…  free',
      'northwind  Northwind                free',
    ]);
  });
});

describe('times', () => {
  it('are told in the two largest units', () => {
    const texts = [0, 400, 12_000, 185_000, 7_800_000, 180_000_000, -5].map(durationText);
    expect(texts).toEqual(['0.0 s', '0.4 s', '12 s', '3 min 5 s', '2 h 10 min', '2 d 2 h', '0.0 s']);
  });

  it('are sortable, in UTC, and empty where there is none', () => {
    expect(timeText('2026-11-20T08:24:11.123Z')).toBe('2026-11-20 08:24:11Z');
    expect(timeText(null)).toBe('');
    expect(between('2026-11-20T08:00:00Z', null)).toBeUndefined();
    expect(agoText('2026-11-20T08:00:00Z', new Date('2026-11-20T08:01:00Z'))).toBe('1 min ago');
  });
});
