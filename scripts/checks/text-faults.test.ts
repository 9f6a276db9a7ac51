import { expect, it } from 'vitest';
import { textFaults } from './text-faults.mjs';

const linesOf = (path: string, source: string): number[] =>
  textFaults(path, source, ['/srv/checkout/']).map((fault) => fault.line);

const OPEN = `TO${'DO'}`;

it('work left open needs the number of its issue', () => {
  expect(linesOf('a.ts', `// ${OPEN}(#12): later\n// ${OPEN}: later\n// ${OPEN}(me)`)).toEqual([2, 3]);
});

it('prose may speak of open work; code may not hold it', () => {
  expect(linesOf('CONTRIBUTING.md', `A ${OPEN} has an issue number.`)).toEqual([]);
});

it('no path of one machine is kept in a file', () => {
  const home = ['', 'home', 'ada', 'code'].join('/');
  expect(
    linesOf('a.md', `fine: /home/node/app\nsee ${home}\nC:${'\\'}Users${'\\'}ada\n/srv/checkout/x\n/srv/checkouts`),
  ).toEqual([2, 3, 4]);
});

it('no address of a package registry is kept in a file', () => {
  const host = ['https:/', 'registry.example.org', 'left-pad'].join('/');
  expect(linesOf('package-lock.json', `{\n"version": "1.0.0",\n"resolved": "${host}"\n}`)).toEqual([3]);
  expect(linesOf('.npmrc', `fund=false\nregistry=${host}`)).toEqual([2]);
});

it('binary and unknown files are not read', () => {
  expect(linesOf('logo.png', `${OPEN}`)).toEqual([]);
});
