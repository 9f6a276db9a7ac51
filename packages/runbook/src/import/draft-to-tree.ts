/** A draft as the keys of the language. */
import { markdownOf, unitsOf } from './blocks.ts';
import type { AboutDraft } from './build-about.ts';
import type { Draft } from './build-draft.ts';
import type { PhaseDraft } from './build-phases.ts';
import { list, map, names, plainTree, type RemarkLine, type TreeNode, text } from './draft-tree.ts';
import type { Block } from './read-markdown.ts';
import { type BookedRole, idFor, PLACEHOLDER_ROLE, uniqueId } from './role-book.ts';
import { isOnlySigned, type StepDraft } from './step-draft.ts';
import type { Unit } from './unit.ts';

export const COMMAND_REMARK = 'imported command: review before automating';

export function draftTree(draft: Draft, id: string): TreeNode {
  const { about, phases } = draft;
  const standard = about.ownerRole ?? PLACEHOLDER_ROLE;
  const ids = new Set(phases.flatMap(({ steps }) => steps.map((step) => step.id)));
  const isUsed = about.ownerRole === undefined;
  return map([
    ['runbook', text(id)],
    ['version', text(about.version?.text ?? '0.1', unitsIn(about.version?.from))],
    ['title', text(draft.title, unitsIn(draft.titleUnit))],
    ['owner', text(about.owner?.text ?? 'To be named', unitsIn(about.owner?.from))],
    ['subject', text(/\bonboard/i.test(draft.title) ? 'new_tenant' : 'none')],
    ['about', aboutTree(about)],
    ['roles', rolesTree(draft, isUsed)],
    ['phases', list(phases.map((phase) => phaseTree(phase, standard, ids)))],
  ]);
}

const unitsIn = (unit: Unit | undefined): readonly Unit[] => (unit === undefined ? [] : [unit]);

function aboutTree(about: AboutDraft): TreeNode {
  const { status, review, purpose, history, references, raci, approvers, remarks } = about;
  const said = status === undefined ? 'imported draft' : `imported draft (the document says: ${status.text})`;
  const raciEntries = [...raci].map(([part, ids]) => [part, names([...new Set(ids)])] as const);
  const empty = [
    ...(purpose.length === 0 ? remarks.purpose : []),
    ...(history.length === 0 ? remarks.history : []),
    ...(raci.size === 0 ? remarks.raci : []),
    ...(approvers.length === 0 ? remarks.approvers : []),
  ];
  return map(
    [
      ['status', text(said, unitsIn(status?.from))],
      ['purpose', blocksText(purpose, about.purposeUnits, remarks.purpose)],
      ['review', review && reviewTree(review)],
      [
        'history',
        unlessEmpty(
          history,
          list(
            history.map((entry) => historyTree(about, entry)),
            { before: remarks.history },
          ),
        ),
      ],
      ['references', unlessEmpty(references, map(references.map(referenceEntry)))],
      ['raci', unlessEmpty(raciEntries, map(raciEntries, { before: remarks.raci }))],
      ['approvers', unlessEmpty(approvers, names(approvers, remarks.approvers))],
    ],
    { before: empty },
  );
}

const unlessEmpty = (members: readonly unknown[], tree: TreeNode): TreeNode | undefined =>
  members.length === 0 ? undefined : tree;

const reviewTree = ({ every, next, from }: NonNullable<AboutDraft['review']>): TreeNode =>
  map([
    ['every', text(every, [from])],
    ['next', text(next, [from], { quiet: true })],
  ]);

function historyTree({ version, owner }: AboutDraft, entry: AboutDraft['history'][number]): TreeNode {
  const from = [entry.from];
  return map([
    ['version', text(entry.version || version?.text || '0.1', from)],
    ['date', text(entry.date || 'unknown', from, { quiet: true })],
    ['author', text(entry.author || owner?.text || 'unknown', from, { quiet: true })],
    ['changes', text(entry.changes || 'unknown', from, { quiet: true })],
  ]);
}

const referenceEntry = ({ id, title, key, target, from, before }: AboutDraft['references'][number]) => {
  const members = [
    ['title', text(title, [from])],
    [key, text(target, [from], { quiet: true })],
  ] as const;
  return [id, map(members, { before })] as const;
};

function rolesTree({ about, roles }: Draft, needsPlaceholder: boolean): TreeNode {
  const booked: (readonly [string, TreeNode])[] = [...roles.values()].map((role) => [role.id, roleTree(role)]);
  const placeholder = map([['title', text('To be named', [], { remark: 'nobody is named in the document' })]]);
  if (needsPlaceholder && !roles.has(PLACEHOLDER_ROLE)) booked.unshift([PLACEHOLDER_ROLE, placeholder]);
  return map(booked, { before: about.remarks.roles });
}

const roleTree = ({ title, party, contact, from }: BookedRole): TreeNode =>
  map([
    ['title', text(title, from)],
    ['party', party === 'client' ? text('client') : undefined],
    ['contact', contact === undefined ? undefined : text(contact, from)],
  ]);

function phaseTree(phase: PhaseDraft, standard: string, ids: Set<string>): TreeNode {
  const { duration, exits, off, owner } = phase;
  return map(
    [
      ['id', text(phase.id)],
      ['title', text(phase.title, phase.from)],
      ['owner', ownersTree(owner?.roles ?? [standard], owner?.from ?? [])],
      ['if', off === undefined ? undefined : text(false, [], { remark: off })],
      ['duration', duration === undefined ? undefined : text(duration.text, [duration.from])],
      ['exit', exits.length === 0 ? undefined : exitsTree(exits)],
      ['steps', list(stepTrees(phase.steps, ids))],
    ],
    { before: phase.before },
  );
}

function exitsTree(exits: PhaseDraft['exits']): TreeNode {
  const labels = new Set(['__proto__', '<<', '']);
  return map(
    exits.map(({ label, from, step }) => [uniqueId(label, labels), text(`steps.${step}.passed`, [from])] as const),
  );
}

const ownersTree = (ids: readonly string[], from: readonly Unit[]): TreeNode => {
  if (ids.length === 1) return text(ids[0] ?? '', from);
  const members = list(
    ids.map((id) => text(id, from, { quiet: true })),
    { flow: true },
  );
  return map([['any', members]], { flow: true });
};

/** The steps of a phase: several ways to do one thing become a choice, and who signs does so after the work. */
function stepTrees(steps: readonly StepDraft[], ids: Set<string>): readonly TreeNode[] {
  const trees: TreeNode[] = [];
  for (const [index, step] of steps.entries()) {
    const before = steps[index - 1];
    const isNext = step.optionOf !== undefined && before?.optionOf !== undefined && before.under === step.under;
    if (isNext) continue;
    const options = optionsFrom(steps, index);
    if (options.length > 1) trees.push(chooseTree(options, ids));
    else if (!isOnlySigned(step)) trees.push(taskTree(step));
    if (step.signers.length > 0) trees.push(signOffTree(step, steps.slice(0, index), ids));
  }
  return trees;
}

function optionsFrom(steps: readonly StepDraft[], start: number): readonly StepDraft[] {
  const [first, ...rest] = steps.slice(start);
  if (first?.optionOf === undefined) return [];
  const end = rest.findIndex((step) => step.optionOf === undefined || step.under !== first.under);
  return [first, ...rest.slice(0, end < 0 ? rest.length : end)];
}

const taskTree = (step: StepDraft): TreeNode =>
  map([['id', text(step.id)], ...taskEntries(step)], { before: step.before });

function taskEntries(step: StepDraft): readonly (readonly [string, TreeNode | undefined])[] {
  const hasCommand = step.shows.some(({ isCommand }) => isCommand);
  const { owner, estimate } = step;
  return [
    ['task', text(step.title, step.from, { line: step.line })],
    ['owner', owner === undefined ? undefined : ownersTree(owner, [])],
    ['estimate', estimate === undefined ? undefined : text(estimate.text, [estimate.from])],
    ['instructions', blocksText(step.instructions)],
    ['checklist', unlessEmpty(step.checklist, list(step.checklist.map(itemTree)))],
    ['form', unlessEmpty(step.fields, formTree(step.fields))],
    ['shows', unlessEmpty(step.shows, map(step.shows.map(shownEntry)))],
    ['evidence', hasCommand ? text('note') : undefined],
  ];
}

/** Several ways of which one is taken: the one the document recommends, else the first. */
function chooseTree(options: readonly StepDraft[], ids: Set<string>): TreeNode {
  const [first] = options;
  const recommended = options.find(({ title }) => /\b(recommended|default)\b/i.test(title)) ?? first;
  return map(
    [
      ['id', text(uniqueId(idFor(first?.optionOf ?? '', 'choice'), ids))],
      ['title', text(first?.optionOf ?? '')],
      [
        'choose',
        map([
          ['recommended', text(recommended?.id ?? '')],
          [
            'options',
            map(
              options.map(
                (option) =>
                  [option.id, map(taskEntries(option), { before: option === first ? [] : option.before })] as const,
              ),
            ),
          ],
        ]),
      ],
    ],
    { before: first?.before ?? [] },
  );
}

/** Signed is what stands before it under the same heading. */
function signOffTree(step: StepDraft, before: readonly StepDraft[], ids: Set<string>): TreeNode {
  const alone = isOnlySigned(step);
  const signed = before.filter(
    ({ under, optionOf }) => under !== undefined && under === step.under && optionOf === undefined,
  );
  const bound = alone ? signed.map(({ id }) => `steps.${id}`) : [`steps.${step.id}`];
  return map(
    [
      ['id', text(alone ? step.id : uniqueId(`sign_off_${step.id}`, ids))],
      ['title', text(step.title, step.from, { line: step.line })],
      ['instructions', alone ? blocksText(step.instructions) : undefined],
      [
        'sign_off',
        map([
          ['by', names([...new Set(step.signers)])],
          ['of', names(bound.length === 0 ? ['runbook'] : bound)],
          ['statement', text('I accept what was delivered.')],
        ]),
      ],
    ],
    { before: alone ? step.before : [] },
  );
}

const itemTree = ({ text: item, from, owner, evidence }: StepDraft['checklist'][number]): TreeNode =>
  (owner === undefined || owner.length === 0) && evidence === undefined
    ? text(item, from)
    : map([
        ['item', text(item, from)],
        ['owner', owner === undefined || owner.length === 0 ? undefined : ownersTree(owner, [])],
        ['evidence', evidence === undefined ? undefined : text(evidence)],
      ]);

function formTree(fields: StepDraft['fields']): TreeNode {
  const taken = new Set<string>();
  return map(
    fields.map(({ title, schema, from }) => {
      const { type, ...more } = schema as { readonly type: string };
      const members = Object.entries(more).map(([key, value]) => [key, plainTree(value, from)] as const);
      return [
        uniqueId(idFor(title, 'field'), taken),
        map([['type', text(type)], ['title', text(title, from)], ...members]),
      ] as const;
    }),
  );
}

const shownEntry = ({ label, text: shown, units, line, isCommand }: StepDraft['shows'][number]) =>
  [label, text(shown, units, { line, ...(isCommand ? { remark: COMMAND_REMARK } : {}) })] as const;

const blocksText = (
  blocks: readonly Block[],
  more: readonly Unit[] = [],
  before: readonly RemarkLine[] = [],
): TreeNode | undefined =>
  blocks.length === 0
    ? undefined
    : text(blocks.map(markdownOf).join('\n\n'), [...more, ...blocks.flatMap(unitsOf)], { before });
