/** `/api/v1/tenants/:tenant/metrics`: the vendor's application reports, people and runbooks read. */
import { metricsReceiptSchema, metricsReportSchema, metricsSummarySchema } from '@tenantry/contract';
import { z } from 'zod';
import { type HttpServer, read, write } from '../http/index.ts';
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
