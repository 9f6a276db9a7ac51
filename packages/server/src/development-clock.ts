/**
 * The clock of a development installation: it can be set forward, so that the weeks of a runbook pass while one watches.
 * How far ahead it runs is kept beside the data, because records of a time to come must not be met by an earlier one.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TenantryError } from '@tenantry/contract';
import { openCalendar } from '@tenantry/runbook';
import { z } from 'zod';
import type { HttpServer } from './http/index.ts';
import { refuseOthers } from './mailbox-routes.ts';

export interface DevelopmentClock {
  now(): Date;
  /** Answers the time it then is. Never goes back. */
  setForward(to: Date): Date;
  /** Adds `/dev/clock` to a server. */
  serve(server: HttpServer): void;
}

const bodySchema = z.union([
  z.strictObject({ to: z.iso.datetime() }),
  z.strictObject({ advance: z.string().max(20).describe('2d, 4h, 1w') }),
]);
const clockSchema = z.object({ now: z.iso.datetime(), ahead_ms: z.int() });

export function openDevelopmentClock(dataDir: string): DevelopmentClock {
  const file = join(dataDir, 'clock.json');
  let aheadMs = readAhead(file);
  const now = (): Date => new Date(Date.now() + aheadMs);
  const setForward = (to: Date): Date => {
    if (to.getTime() < now().getTime()) {
      throw new TenantryError('request.invalid', `It is ${now().toISOString()} already; the clock does not go back.`, {
        next: 'Name a later time, or begin with an empty data folder.',
      });
    }
    aheadMs = to.getTime() - Date.now();
    writeFileSync(file, JSON.stringify({ ahead_ms: aheadMs }));
    return now();
  };
  return { now, setForward, serve: (server) => clockRoutes(server, { now, setForward }) };
}

function readAhead(file: string): number {
  try {
    return clockSchema.pick({ ahead_ms: true }).parse(JSON.parse(readFileSync(file, 'utf8'))).ahead_ms;
  } catch {
    // No file yet, or one that was cut off while it was written: the clock of the machine.
    return 0;
  }
}

function clockRoutes(server: HttpServer, { now, setForward }: Pick<DevelopmentClock, 'now' | 'setForward'>): void {
  const options = { config: { public: true }, onRequest: refuseOthers } as const;
  const answer = () => ({ now: now().toISOString(), ahead_ms: now().getTime() - Date.now() });
  const schema = { hide: true, response: { 200: clockSchema } };
  server.get('/dev/clock', { ...options, schema }, async () => answer());
  server.post('/dev/clock', { ...options, schema: { ...schema, body: bodySchema } }, async (request) => {
    const { body } = request;
    const calendar = openCalendar(undefined, 'UTC');
    setForward(new Date('to' in body ? body.to : calendar.addDuration(now().toISOString(), body.advance)));
    return answer();
  });
}
