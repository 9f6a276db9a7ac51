import type { RunView } from '@tenantry/contract';
import { describe, expect, it, vi } from 'vitest';
import { createClient } from './client.ts';
import { type FollowOptions, followRun, workingText } from './progress.ts';
import { type FakeControlPlane, startFakeControlPlane } from './testing/fake-control-plane.ts';
import { passedStep, RUN_ID, sampleAsk, sampleRun, sampleStep } from './testing/sample-run.ts';
import { writtenTerminal } from './testing/written-terminal.ts';

const timing = { backoffMs: 1, backoffMaxMs: 5, silenceMs: 60_000, failuresMax: 3 };

const clientOf = ({ url }: { url: string }) =>
  createClient({ url, key: 'tnt_x', identity: undefined, identities: [] }, { newId: () => 'id' });

function follow(
  plane: FakeControlPlane,
  options: Partial<FollowOptions> = {},
): { text: () => string; done: Promise<RunView> } {
  const { terminal, text } = writtenTerminal();
  return { text, done: followRun(clientOf(plane), RUN_ID, terminal, { until: 'people', timing, ...options }) };
}

const streamsOf = (plane: FakeControlPlane) => plane.received.filter(({ path }) => path.endsWith('/events'));
const listening = (plane: FakeControlPlane) => vi.waitFor(() => expect(plane.openStreams()).toBe(1));

const passed = (run: RunView): RunView => ({
  ...run,
  steps: [passedStep('create', { title: 'Create the tenant' }), ...run.steps.slice(1)],
});
const asking = (run: RunView): RunView => ({ ...run, status: 'waiting', asks: [sampleAsk()] });

describe('followRun', () => {
  it('tells each step once as it settles, and ends when people are asked', async () => {
    const plane = await startFakeControlPlane();
    plane.keep(sampleRun());
    const { text, done } = follow(plane);
    await listening(plane);
    plane.move(passed);
    plane.move(asking);
    const run = await done;

    expect(run.status).toBe('waiting');
    expect(text().match(/✓ Create the tenant/g)).toHaveLength(1);
    expect(text()).toContain('The run waits for people: one thing.');
    expect(text()).toContain('Type: npx --no-install tenantry run complete acme uat');
  });

  it('opens no stream for a run that has come to rest already', async () => {
    const plane = await startFakeControlPlane();
    plane.keep(sampleRun({ status: 'completed' }));
    expect((await follow(plane).done).status).toBe('completed');
    expect(streamsOf(plane)).toHaveLength(0);
  });

  it('opens a broken stream again from the last event it saw, and misses nothing', async () => {
    const plane = await startFakeControlPlane();
    plane.keep(sampleRun());
    const { text, done } = follow(plane, { until: 'end' });
    await listening(plane);
    plane.move(passed);
    await vi.waitFor(() => expect(text()).toContain('✓ Create the tenant'));
    plane.breakStreams();
    await vi.waitFor(() => expect(streamsOf(plane).length).toBeGreaterThan(1));
    plane.move((run) => ({ ...run, status: 'completed' }));

    expect((await done).status).toBe('completed');
    const lastEventIds = streamsOf(plane).map(({ headers }) => headers['last-event-id']);
    expect(lastEventIds[0]).toBe('1');
    expect(new Set(lastEventIds.slice(1))).toEqual(new Set(['2']));
  });

  it('opens a stream that fell silent anew', async () => {
    const plane = await startFakeControlPlane();
    plane.keep(sampleRun());
    const { done } = follow(plane, { until: 'end', timing: { ...timing, silenceMs: 20, failuresMax: 1_000 } });
    await vi.waitFor(() => expect(streamsOf(plane).length).toBeGreaterThan(2));
    plane.move((run) => ({ ...run, status: 'cancelled' }));
    expect((await done).status).toBe('cancelled');
  });

  it('gives up when the control plane stays away, and says that the run goes on', async () => {
    const plane = await startFakeControlPlane();
    plane.keep(sampleRun());
    plane.handlers.set(`GET /api/v1/runs/${RUN_ID}/events`, () => undefined);
    await expect(follow(plane).done).rejects.toMatchObject({ code: 'command.unreachable' });
    expect(streamsOf(plane)).toHaveLength(timing.failuresMax + 1);
  });

  it('leaves the run going on when it is told to stop', async () => {
    const plane = await startFakeControlPlane();
    plane.keep(sampleRun());
    const stop = new AbortController();
    const { done } = follow(plane, { until: 'end', signal: stop.signal });
    await listening(plane);
    stop.abort();

    expect((await done).status).toBe('running');
    expect(plane.received.every(({ method }) => method === 'GET')).toBe(true);
    await vi.waitFor(() => expect(plane.openStreams()).toBe(0));
  });

  it('shows a halt and ends there; until the end, it follows on past the halt', async () => {
    const halted = sampleRun({
      status: 'halted',
      steps: [sampleStep({ id: 'create', status: 'failed' })],
      halts: [{ step: 'create', status: 'failed', failure: null, help: null }],
    });
    const first = await startFakeControlPlane();
    first.keep(halted);
    const short = follow(first);
    expect((await short.done).status).toBe('halted');
    expect(short.text()).toContain('HALT');

    const second = await startFakeControlPlane();
    second.keep(halted);
    const long = follow(second, { until: 'end' });
    await listening(second);
    second.move((run) => ({ ...run, status: 'completed', halts: [] }));
    expect((await long.done).status).toBe('completed');
    expect(long.text().match(/HALT/g)).toHaveLength(1);
  });

  it('waits for what has begun when the run halts, and tells each halt once', async () => {
    const plane = await startFakeControlPlane();
    const halt = { step: 'a', status: 'failed', failure: null, help: null } as const;
    const failed = sampleStep({ id: 'a', title: 'First', status: 'failed' });
    plane.keep(
      sampleRun({
        status: 'halted',
        steps: [failed, sampleStep({ id: 'b', title: 'Second', status: 'running' })],
        halts: [halt],
      }),
    );
    const { text, done } = follow(plane);
    await listening(plane);
    plane.move((run) => ({
      ...run,
      steps: [failed, sampleStep({ id: 'b', title: 'Second', status: 'failed' })],
      halts: [halt, { ...halt, step: 'b' }],
    }));
    await done;
    expect(text().match(/HALT +First/g)).toHaveLength(1);
    expect(text().match(/HALT +Second/g)).toHaveLength(1);
    expect(text().match(/to take everything back/g)).toHaveLength(1);
  });

  it('does not tell again what a view shown before had settled', async () => {
    const plane = await startFakeControlPlane();
    const known = passed(sampleRun());
    plane.keep(asking(known));
    const { text, done } = follow(plane, { known });
    await done;
    expect(text()).not.toContain('Create the tenant');
    expect(text()).toContain('The run waits for people');
  });

  it('tells a step again when it passes after a retry', async () => {
    const plane = await startFakeControlPlane();
    plane.keep(
      sampleRun({ steps: [sampleStep({ id: 'create', title: 'Create the tenant', status: 'failed', tries: 1 })] }),
    );
    const { text, done } = follow(plane, { until: 'end' });
    await listening(plane);
    plane.move((run) => ({
      ...run,
      status: 'completed',
      steps: [passedStep('create', { title: 'Create the tenant', tries: 2 })],
    }));
    await done;
    expect(text()).toMatch(/✗ Create the tenant[\s\S]*✓ Create the tenant/);
  });
});

describe('workingText', () => {
  const now = new Date('2026-11-20T08:00:12.000Z');

  it('names what takes longest, and since when', () => {
    const run = sampleRun({
      steps: [
        sampleStep({ id: 'a', title: 'Load sample data', status: 'running', started_at: '2026-11-20T08:00:00.000Z' }),
        sampleStep({ id: 'b', title: 'Send a mail', status: 'running', started_at: '2026-11-20T08:00:10.000Z' }),
      ],
    });
    expect(workingText(run, now)).toBe('→ Load sample data … 12 s and 1 more');
  });

  it('says nothing of what has only just begun', () => {
    const run = sampleRun({
      steps: [sampleStep({ id: 'a', status: 'running', started_at: '2026-11-20T08:00:11.000Z' })],
    });
    expect(workingText(run, now)).toBeUndefined();
  });
});
