/** The console over a real control plane with a worker, and a browser that is signed in to it. */
import { randomBytes } from 'node:crypto';
import type { Page } from 'playwright-core';
import { systemActor } from '../../packages/server/src/access/index.ts';
import { cloneDatabase } from '../../packages/server/src/db/testing/index.ts';
import type { Worker } from '../../packages/server/src/engine/index.ts';
import { createPerson, openSession } from '../../packages/server/src/people/index.ts';
import { type ADA, clientFile, type World } from '../../packages/server/src/runbooks/testing/world.ts';
import { openFullServer } from '../../packages/server/src/testing/full-server.ts';
import { type OpenedChromium, openChromium } from './open-chromium.ts';

export interface ConsoleWorld {
  readonly url: string;
  readonly world: World;
  readonly asSuperuser: Awaited<ReturnType<typeof cloneDatabase>>['asSuperuser'];
  /** Why there is no browser, or the browser. */
  readonly opened: OpenedChromium | string;
  /** Somebody of the vendor with these runbook roles, who may do everything; their cookie. */
  signIn(name: string, roles: readonly string[], role?: string): Promise<string>;
  /** A page of a browser of their own, on a path of the console. */
  open(cookie: string | undefined, path?: string, options?: OpenOptions): Promise<Page>;
  startRun(intake?: Readonly<Record<string, unknown>>): Promise<{ readonly id: string; readonly wireId: string }>;
  close(): Promise<void>;
}

export interface OpenOptions {
  readonly timezoneId?: string;
  readonly locale?: string;
}

export type Operator = typeof ADA;

export async function openConsoleWorld(runbook: string): Promise<ConsoleWorld> {
  const test = await cloneDatabase();
  const opened = await openChromium();
  const { server, world, close } = await openFullServer(test);
  await world.publish(runbook);
  const worker: Worker = await world.work();
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  let number = 0;
  return {
    url,
    world,
    opened,
    asSuperuser: test.asSuperuser,
    signIn: (name, roles, role = 'owner') =>
      test.database.transaction('operator', async (tx) => {
        const ctx = { tx, actor: systemActor('test'), now: new Date() };
        const email = `${name.toLowerCase()}.${randomBytes(4).toString('hex')}@vendor.example`;
        const person = await createPerson(ctx, { name, email, party: 'vendor', roles: [...roles] });
        await tx.query(`insert into grants (person_id, role, source, at) values ($1, $2, 'setup', now())`, [
          person.id,
          role,
        ]);
        const session = { personId: person.id, amr: ['pwd', 'otp'], address: '127.0.0.1', userAgent: 'test' };
        return (await openSession(ctx, session)).token.reveal();
      }),
    open: async (cookie, path = '', options = {}) => {
      if (typeof opened === 'string') throw new Error(opened);
      const context = await opened.browser.newContext({ locale: 'en-GB', ...options });
      if (cookie !== undefined) {
        await context.addCookies([{ name: 'tenantry_operator', value: cookie, url, httpOnly: true, sameSite: 'Lax' }]);
      }
      const page = await context.newPage();
      page.on('pageerror', (error) => {
        throw error;
      });
      await page.goto(`${url}/console/${path}`);
      return page;
    },
    startRun: async (intake = {}) => {
      number += 1;
      const values = { slug: `client-${number}`, thing: `thing-${number}`, ...intake };
      const { id } = await world.start(clientFile('sample', values));
      return { id, wireId: `run_${id}` };
    },
    close: async () => {
      if (typeof opened === 'object') await opened.close();
      await worker.stop();
      await close();
    },
  };
}
