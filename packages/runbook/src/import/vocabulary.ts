/** The words by which a document's parts are told apart. English: other languages are imported as plain work. */

export type PartKind =
  | 'contents'
  | 'purpose'
  | 'references'
  | 'history'
  | 'approval'
  | 'raci'
  | 'contacts'
  | 'rollback'
  | 'troubleshooting'
  | 'material'
  | 'work';

const KINDS: readonly (readonly [PartKind, RegExp])[] = [
  ['contents', /^(table of )?contents$|^toc$/i],
  [
    'references',
    /^(related )?(references?|documentation|documents|links|resources|further reading|see also)\b(?!.*\b(hand.?off|package)\b)/i,
  ],
  ['references', /^related\b/i],
  ['history', /\b(version|revision|document|change) (history|log)\b|^changelog$/i],
  ['approval', /^(approvals?|approvers?|sign.?offs?|document approval)\b/i],
  ['raci', /\bRACI\b|^responsibility (matrix|assignment)/i],
  ['contacts', /^(contacts?|contact (list|information)|key contacts)\b/i],
  ['rollback', /\b(roll.?back|back.?out|revert)\b/i],
  ['troubleshooting', /\b(troubleshooting|common (issues|problems|errors)|known issues|faq)\b/i],
  [
    'material',
    /\b(appendix|glossary|data model|roadmap|variations?|best practices|background|architecture|ownership)\b|^timeline\b/i,
  ],
  ['purpose', /^(purpose|overview|scope|introduction|about|summary|objectives?|goals?|audience)\b|\boverview$/i],
];

/** What a part is for, by its title. */
export const partKind = (title: string): PartKind => KINDS.find(([, pattern]) => pattern.test(title))?.[0] ?? 'work';

/** A heading that says nothing without the one above it. */
export const isGenericTitle = (title: string): boolean =>
  /^(steps?|procedures?|verification|verify|prerequisites|preparation|execution|assessment|request|communication|documentation|authorization|authentication|configuration( steps)?|validation|notes?|checklist|process|actions?|tasks?|cleanup|handoff|testing|security|performance|features|provisioning|post-?\w+|pre-?\w+)(\s*\(.*\))?:?$/i.test(
    title,
  );

/** A line that says that what follows is told, not done. */
export const introducesTelling = (text: string): boolean =>
  /\b(causes?|symptoms?|reasons?|questions|agenda|characteristics|best for|benefits|examples?|notes?|metrics|includes?|never|this will)\b[^.]*:?\W*$/i.test(
    text.split('\n').at(-1) ?? '',
  );

const VERBS = new Set(
  `access activate add address adjust agree align allow announce apply approve archive arrange ask assess assign attach audit
  authorize backup begin book build call cancel capture change check choose clean clear click clone close collect communicate
  compare complete compute configure confirm connect contact coordinate copy create customize decide define delete deliver
  demo deploy determine disable discuss distribute document download draft duplicate email enable encrypt ensure enter escalate
  establish evaluate execute export fill finalize find finish follow gather generate get give go grant handoff hold identify
  import inform initiate insert inspect install introduce invite issue join keep label launch link list load lock log login make
  map mark measure migrate monitor move navigate negotiate note notify obtain offboard onboard open order organize perform plan
  post prepare present process provide provision publish purchase push query raise re-attempt read receive record register
  reinstate release remove rename renew replace report request reset resolve restart restore restrict review revoke roll rotate
  run save scan schedule search secure seed select send set setup share show sign sign-off start stop store submit survey
  suspend switch sync tag take tell terminate test track train transfer trigger turn unlock update upgrade upload use validate
  verify visit wait walk watch weekly write`.split(/\s+/),
);

/** True for `Create the groups`, `Slack: set the channel`, `**Verify** logs`. */
export function isImperative(text: string): boolean {
  const bare = text.replace(/^[\W_]+/, '');
  const afterLabel = /^[^:.]{1,30}:\s+(.*)$/.exec(bare)?.[1] ?? '';
  return [bare, afterLabel].some((part) => VERBS.has((/^[\p{L}-]+/u.exec(part)?.[0] ?? '').toLowerCase()));
}
