/** `/api/v1/backups` and what belongs to them: parse, call the verb, answer. Long work is a row to look at: 202. */
import {
  backupOperationSchema,
  backupQuerySchema,
  backupScheduleSchema,
  backupViewSchema,
  newBackupScheduleSchema,
  newBackupSchema,
  pageSchema,
  restoreBackupSchema,
  TenantryError,
  verifyBackupSchema,
} from '@tenantry/contract';
import { z } from 'zod';
import type { Ctx } from '../access/index.ts';
import { decodeCursor, type HttpServer, pageOf, read, write } from '../http/index.ts';
import { keepDays } from './core/retention.ts';
import type { BackupDeps } from './deps.ts';
import { listBackups, readBackup } from './list-backups.ts';
import { backupIdOf, type Subject } from './load.ts';
import { type Operation, readOperation, requestBackup, requestRestore, requestVerify } from './operations.ts';
import { endSchedule, listSchedules, setSchedule } from './schedules.ts';
import { viewBackup, viewOperation, viewSchedule } from './view-backup.ts';

interface SubjectWords {
  readonly tenant?: string | undefined;
  readonly product?: string | undefined;
  readonly environment?: string | undefined;
  readonly self?: boolean | undefined;
}

/** @throws request.invalid unless exactly one is named */
async function subjectOfWords(ctx: Ctx, deps: BackupDeps, words: SubjectWords): Promise<Subject> {
  const { tenant, product, environment = 'production', self } = words;
  const named = [tenant, product, self === true ? 'self' : undefined].filter((each) => each !== undefined);
  if (named.length !== 1) {
    throw new TenantryError('request.invalid', 'A backup is of a tenant, of a product, or of the control plane.', {
      faults: [{ path: 'tenant', message: 'expects one of tenant, product and self' }],
    });
  }
  if (tenant !== undefined) {
    const { id } = await deps.sources.placeOf(ctx, tenant);
    return { kind: 'tenant', tenantId: id, environment };
  }
  return product === undefined ? { kind: 'self' } : { kind: 'set', product, environment };
}

const isNamed = ({ tenant, product, self }: SubjectWords): boolean =>
  tenant !== undefined || product !== undefined || self === true;

const accepted = (operation: Operation) => ({
  status: 202,
  body: viewOperation(operation),
  headers: { location: `/api/v1/backup-operations/${viewOperation(operation).id}` },
});

const backupParams = z.object({ backup: z.string().max(100) });

export function backupRoutes(server: HttpServer, deps: BackupDeps): void {
  readRoutes(server, deps);
  workRoutes(server, deps);
  scheduleRoutes(server, deps);
}

function readRoutes(server: HttpServer, deps: BackupDeps): void {
  const config = { scope: 'backups:read' } as const;
  server.get(
    '/api/v1/backups',
    {
      config,
      schema: {
        summary: 'Backups, newest first: of a tenant, of a product, of the control plane, or all',
        tags: ['backups'],
        querystring: backupQuerySchema,
        response: { 200: pageSchema(backupViewSchema) },
      },
    },
    read(async (ctx, { query: { limit, cursor, which, environment, self, ...words } }) => {
      const before = decodeCursor(cursor, z.tuple([z.string(), z.uuid()]));
      const all = { ...words, environment, self: self === 'true' };
      const rows = await listBackups(ctx, deps, {
        subject: isNamed(all) || which !== undefined ? await subjectOfWords(ctx, deps, all) : undefined,
        which,
        environment,
        limit: limit + 1,
        before: before === undefined ? undefined : { stamp: before[0], id: before[1] },
      });
      const page = pageOf(rows, limit, ({ stamp, id }) => [stamp, id]);
      return { items: page.items.map((each) => viewBackup(each, deps.folder)), next_cursor: page.next_cursor };
    }),
  );
  server.get(
    '/api/v1/backups/:backup',
    {
      config,
      schema: { summary: 'One backup', tags: ['backups'], params: backupParams, response: { 200: backupViewSchema } },
    },
    read(async (ctx, { params }) => viewBackup(await readBackup(ctx, deps, params.backup), deps.folder)),
  );
  server.get(
    '/api/v1/backup-operations/:operation',
    {
      config,
      schema: {
        summary: 'How far work on a backup is, and what became of it',
        tags: ['backups'],
        params: z.object({ operation: z.string().max(100) }),
        response: { 200: backupOperationSchema },
      },
    },
    read(async (ctx, { params }) => viewOperation(await readOperation(ctx, deps, params.operation))),
  );
}

function workRoutes(server: HttpServer, deps: BackupDeps): void {
  const answer = { 202: backupOperationSchema };
  server.post(
    '/api/v1/backups',
    {
      config: { scope: 'backups:write' },
      schema: { summary: 'Take a backup', tags: ['backups'], body: newBackupSchema, response: answer },
    },
    write(async (ctx, { body: { keep, databases, ...words } }) => {
      const subject = await subjectOfWords(ctx, deps, words);
      return accepted(await requestBackup(ctx, deps, { subject, keepDays: keepDays(keep), databases }));
    }),
  );
  server.post(
    '/api/v1/backups/:backup/verify',
    {
      config: { scope: 'backups:write' },
      schema: {
        summary: 'Prove a backup: read it through, or restore it where nobody sees it',
        tags: ['backups'],
        params: backupParams,
        body: verifyBackupSchema,
        response: answer,
      },
    },
    write(async (ctx, { params, body }) =>
      accepted(await requestVerify(ctx, deps, backupIdOf(params.backup), body.depth)),
    ),
  );
  server.post(
    '/api/v1/backups/:backup/restore',
    {
      config: { scope: 'backups:restore' },
      schema: {
        summary: 'Restore a backup: what is there now is overwritten, changes since are lost',
        tags: ['backups'],
        params: backupParams,
        body: restoreBackupSchema,
        response: answer,
      },
    },
    write(async (ctx, { params, body }) =>
      accepted(await requestRestore(ctx, deps, { backupId: backupIdOf(params.backup), ...body })),
    ),
  );
}

function scheduleRoutes(server: HttpServer, deps: BackupDeps): void {
  server.get(
    '/api/v1/backup-schedules',
    {
      config: { scope: 'backups:read' },
      schema: {
        summary: 'How often backups are taken',
        tags: ['backups'],
        querystring: z.object({ tenant: z.string().max(100).optional(), product: z.string().max(50).optional() }),
        response: { 200: z.object({ items: z.array(backupScheduleSchema) }) },
      },
    },
    read(async (ctx, { query }) => {
      const subject = isNamed(query) ? await subjectOfWords(ctx, deps, query) : undefined;
      const rows = await listSchedules(ctx, deps, subject?.kind === 'self' ? undefined : subject);
      return { items: rows.map(viewSchedule) };
    }),
  );
  server.post(
    '/api/v1/backup-schedules',
    {
      config: { scope: 'backups:write' },
      schema: {
        summary: 'Back up a tenant, or a product, daily or weekly; one schedule for each',
        tags: ['backups'],
        body: newBackupScheduleSchema,
        response: { 200: backupScheduleSchema },
      },
    },
    write(async (ctx, { body: { every, keep, ...words } }) => {
      const subject = await subjectOfWords(ctx, deps, words);
      if (subject.kind === 'self') throw new TenantryError('request.invalid', 'Name a tenant or a product.');
      return { body: viewSchedule(await setSchedule(ctx, deps, { subject, every, keepDays: keepDays(keep) })) };
    }),
  );
  server.delete(
    '/api/v1/backup-schedules/:schedule',
    {
      config: { scope: 'backups:write' },
      schema: {
        summary: 'Stop taking these backups',
        tags: ['backups'],
        params: z.object({ schedule: z.string().max(100) }),
        response: { 204: z.undefined() },
      },
    },
    write(async (ctx, { params }) => {
      await endSchedule(ctx, deps, params.schedule);
      return { status: 204 };
    }),
  );
}
