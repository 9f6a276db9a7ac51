/** Mails to whoever looks after a runbook whose review is due (RUN-02). */
import { systemActor } from './access/index.ts';
import type { Database } from './db/index.ts';
import { addressesOfRole } from './people/index.ts';
import { dueReviews, monthsOver, reviewersOf } from './runbooks/index.ts';
import { digest, type TellDeps, writeMail } from './tell-people.ts';

export interface ReviewMailsDeps extends TellDeps {
  readonly database: Database;
  readonly now: () => Date;
}

/** One mail for each person, day and month over it: the key keeps a repeated duty from writing another. */
export const remindReviews = (deps: ReviewMailsDeps): Promise<void> =>
  deps.database.transaction('operator', async (tx) => {
    const now = deps.now();
    const ctx = { tx, actor: systemActor('reviews'), now };
    for (const { runbook, nextOn } of await dueReviews(tx, now)) {
      const addresses = new Set<string>();
      for (const role of reviewersOf(runbook)) {
        const request = { role, productId: null, clientId: null, development: deps.tellsDevelopment };
        for (const address of await addressesOfRole(tx, request)) addresses.add(address);
      }
      for (const address of addresses) {
        await writeMail(ctx, deps, {
          to: address,
          template: 'review-due',
          key: `review:${runbook.id}@${runbook.version}/${nextOn}/${monthsOver(nextOn, now)}/${digest(address)}`,
          values: { runbook: runbook.title, id: runbook.id, version: runbook.version, due: nextOn },
        });
      }
    }
  });
