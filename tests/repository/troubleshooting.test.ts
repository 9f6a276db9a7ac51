import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Catalog, parseRunbook, type Step, stepsOf } from '@tenantry/runbook';
import { describe, expect, it } from 'vitest';
import { allNodes, commandTree } from '../../packages/cli/src/command-tree.ts';
import { buildProgram } from '../../packages/cli/src/program.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const RUNBOOKS = join(ROOT, 'runbooks');
const PAGES = 'docs/troubleshooting';
const catalog: Catalog = JSON.parse(readFileSync(join(RUNBOOKS, 'catalog.json'), 'utf8'));

const shipped = readdirSync(RUNBOOKS, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.yaml') && !path.endsWith('.test.yaml'))
  .map((path) => join(RUNBOOKS, path))
  .filter((path) => /^version: /m.test(readFileSync(path, 'utf8')) && /^runbook: /m.test(readFileSync(path, 'utf8')));

const stepsIn = (path: string): readonly Step[] => {
  const read = (name: string): string | undefined => {
    const file = join(dirname(path), name);
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  };
  const { runbook, faults } = parseRunbook(readFileSync(path, 'utf8'), { file: path, read });
  return runbook === undefined ? expect.fail(JSON.stringify(faults)) : stepsOf(runbook);
};

/** What the step calls, for the two kinds that call something outside of the run. */
const called = ({ body }: Step): string | undefined =>
  body.kind === 'uses' ? body.action : body.kind === 'check' ? body.probe : undefined;

/** As GitHub makes it of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');

const headingsOf = (text: string): readonly string[] => [...text.matchAll(/^#+ (.+)$/gm)].map(([, one = '']) => one);

/** Why a link leads nowhere; undefined when it leads somewhere. */
function deadLink(from: string, link: string): string | undefined {
  const [path = '', anchor] = link.split('#');
  const file = path === '' ? from : join(dirname(from), path);
  if (!existsSync(file)) return `${link}: there is no file ${relative(ROOT, file)}`;
  if (anchor === undefined) return undefined;
  const anchors = headingsOf(readFileSync(file, 'utf8')).map(anchorOf);
  return anchors.includes(anchor) ? undefined : `${link}: ${relative(ROOT, file)} has no heading of that name`;
}

describe('every shipped step that can halt', () => {
  it.each(shipped.map((path) => [relative(ROOT, path), path] as const))(
    'TRB-21: %s names the section that helps with what the step calls',
    (_name, path) => {
      const faults = stepsIn(path).flatMap((step) => {
        const name = called(step);
        if (name === undefined) return [];
        if (step.help === undefined) return step.onFail.do === 'continue' ? [] : [`${step.id} has no help`];
        if (!step.help.startsWith(`${PAGES}/`)) return [];
        const dead = deadLink(join(ROOT, 'x'), step.help);
        if (dead !== undefined) return [`${step.id}: ${dead}`];
        return step.help.endsWith(`#${anchorOf(name)}`) ? [] : [`${step.id}: ${step.help} is not about ${name}`];
      });
      expect(faults).toEqual([]);
    },
  );

  it('there are many of them', () => {
    expect(shipped.flatMap(stepsIn).filter(({ help }) => help?.startsWith(PAGES)).length).toBeGreaterThan(40);
  });
});

describe('the pages', () => {
  const pages = readdirSync(join(ROOT, PAGES)).map((name) => join(ROOT, PAGES, name));

  it.each(pages.map((path) => [relative(ROOT, path), path] as const))(
    'DOC-23 RUN-36: no link of %s is dead',
    (_name, path) => {
      const links = [...readFileSync(path, 'utf8').matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(
        ([, link = '']) => link,
      );
      expect(links.flatMap((link) => deadLink(path, link) ?? [])).toEqual([]);
    },
  );

  it('name no command that there is not', () => {
    const known = new Set(
      allNodes(commandTree(buildProgram('test')))
        .filter(({ children }) => children.length === 0)
        .map(({ path }) => path.join(' ')),
    );
    const said = pages.flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(/`tenantry ((?:[a-z-]+ ?)+)/g)].map(([, words = '']) => words.trim()),
    );
    expect(said.length).toBeGreaterThan(15);
    const exists = (words: string): boolean => {
      const parts = words.split(' ');
      return parts.some((_, end) => known.has(parts.slice(0, parts.length - end).join(' ')));
    };
    expect(said.filter((words) => !exists(words))).toEqual([]);
  });

  it('explain no code that there is not', () => {
    const codes = new Set(readdirSync(join(ROOT, 'docs/errors')).map((name) => name.replace(/\.md$/, '')));
    const domains = new Set([...codes].map((code) => code.split('.')[0]));
    const said = pages.flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(/`([a-z]+\.[a-z_]+)`/g)].map(([, code = '']) => code),
    );
    const actions = new Set([...Object.keys(catalog.actions), ...Object.keys(catalog.checks)]);
    expect(said.filter((code) => domains.has(code.split('.')[0]) && !codes.has(code) && !actions.has(code))).toEqual(
      [],
    );
  });
});
