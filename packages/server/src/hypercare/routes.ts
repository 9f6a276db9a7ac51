/**
 * `/api/v1/tenants/:tenant/metrics`: the vendor's application reports, people and runbooks read.
 * `/api/v1/tenants/:tenant/issues`: what is open there.
 */

import { randomUUID } from 'node:crypto';
import {
  issueListSchema,
  issueQuerySchema,
  issueSchema,
  metricsReceiptSchema,
  metricsReportSchema,
  metricsSummarySchema,
  openIssueSchema,
  resolveIssueSchema,
} from '@tenantry/contract';
import { z } from 'zod';
import { type HttpServer, read, write } from '../http/index.ts';
import { readIssues, reportIssue, resolveIssue } from './issues.ts';
import { readMetrics } from './read-metrics.ts';
import { reportMetrics } from './report-metrics.ts';

const params = z.object({ tenant: z.string().max(100).describe('Id or slug') });
const tags = ['metrics'];

export function metricsRoutes(server: HttpServer): void {
  server.post(
    '/api/v1/tenants/:tenant/metrics',
    {
      config: { scope: 'metrics:write' },
      schema: {
        summary: 'Reports what one process of the application counted for a tenant in up to an hour',
        tags,
        params,
        body: metricsReportSchema,
        response: { 200: metricsReceiptSchema, 201: metricsReceiptSchema },
      },
    },
    write(async (ctx, { params: { tenant }, body }) => {
      const status = await reportMetrics(ctx, { tenant, report: body });
      return { status: status === 'stored' ? 201 : 200, body: { status } };
    }),
  );
  server.get(
    '/api/v1/tenants/:tenant/metrics',
    {
      config: { scope: 'tenants:read' },
      schema: {
        summary: 'What was reported of a tenant in the last minutes, added up',
        tags,
        params,
        querystring: z.object({ minutes: z.coerce.number().int().min(1).max(20_160).default(60) }),
        response: { 200: metricsSummarySchema },
      },
    },
    read((ctx, { params: { tenant }, query: { minutes } }) => readMetrics(ctx, { tenant, minutes })),
  );
}

const numbered = params.extend({ number: z.coerce.number().int().min(1).max(1_000_000).describe('As in #3') });

export function issueRoutes(server: HttpServer): void {
  server.get(
    '/api/v1/tenants/:tenant/issues',
    {
      config: { scope: 'tenants:read' },
      schema: {
        summary: 'Findings, issues and action items of a tenant',
        tags: ['hypercare'],
        params,
        querystring: issueQuerySchema,
        response: { 200: issueListSchema },
      },
    },
    read(async (ctx, { params: { tenant }, query: { status } }) => ({
      items: await readIssues(ctx, { tenant, status }),
    })),
  );
  server.post(
    '/api/v1/tenants/:tenant/issues',
    {
      config: { scope: 'tenants:write' },
      schema: {
        summary: 'Opens an issue or an action item',
        tags: ['hypercare'],
        params,
        body: openIssueSchema,
        response: { 201: issueSchema },
      },
    },
    write(async (ctx, { params: { tenant }, body }) => ({
      status: 201,
      body: await reportIssue(ctx, { tenant, ...body, key: `person:${randomUUID()}` }),
    })),
  );
  server.post(
    '/api/v1/tenants/:tenant/issues/:number/resolve',
    {
      config: { scope: 'tenants:write' },
      schema: {
        summary: 'Resolves a finding, an issue or an action item',
        tags: ['hypercare'],
        params: numbered,
        body: resolveIssueSchema,
        response: { 200: issueSchema },
      },
    },
    write(async (ctx, { params: { tenant, number }, body: { resolution } }) => ({
      body: await resolveIssue(ctx, { tenant, number, resolution, key: `person:${randomUUID()}` }),
    })),
  );
}
