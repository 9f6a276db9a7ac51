import { afterAll, describe, expect, it } from 'vitest';
import { cloneDatabase } from '../../db/testing/index.ts';
import { openPortalWorld } from '../testing/portal-world.ts';
import { portalJobs } from './tell-asked.ts';

const test = await cloneDatabase();
const world = await openPortalWorld(test);
afterAll(() => world.close());

/** What the queue holds of it, done once more than it is there. */
async function workOff(runId: string): Promise<number> {
  const jobs = await test.asSuperuser<{ payload: { run: string; step: string } }>(
    `select j.payload from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
     where t.identifier = 'run.asked' and j.payload ->> 'run' = $1 order by j.id`,
    [runId],
  );
  const tell = portalJobs(world.portal)['run.asked'] ?? expect.fail('there is no such job');
  for (const { payload } of [...jobs, ...jobs]) await tell(payload);
  return jobs.length;
}

describe('what waits for the client', () => {
  it('is told by mail to the contact of the role, with a way in, once, in their language', async () => {
    const acme = await world.start('acme', 'pt');
    // Two tasks wait for people of the client; nobody is named for one of the roles.
    expect(await workOff(acme.runId)).toBe(2);
    const mails = await world.mailsTo(acme.email, 'portal-asked-pt');
    expect(mails.map(({ content }) => content.title)).toEqual(['Tell us how you work']);
    const nora = world.browser();
    expect((await nora.ask('POST', '/open', { token: mails[0]?.token })).statusCode).toBe(200);
    expect(await nora.overview()).toMatchObject({ language: 'pt', tasks: [{ step: 'details' }] });
  });

  it('is told to nobody whose link an operator has revoked', async () => {
    const beta = await world.start('beta');
    const { id } = await world.linkOf(beta);
    await world.operate('POST', `/runs/${beta.run}/portal-links/${id}/revoke`, { reason: 'left' });
    await workOff(beta.runId);
    expect(await world.mailsTo(beta.email, 'portal-asked')).toEqual([]);
  });

  it('in another role of the same person is found behind one link', async () => {
    const gamma = await world.start('gamma');
    await world.linkOf(gamma);
    const browser = await world.enter(gamma, { role: 'client_it', email: gamma.email });
    expect((await browser.overview()).tasks.map(({ step }) => step)).toEqual(['details', 'network']);
  });
});
