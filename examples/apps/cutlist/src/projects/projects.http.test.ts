import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, csrfOf } from '../testing/client.ts';
import { type Installation, install } from '../testing/installation.ts';

const TABLE = {
  name: 'Garden table',
  boards: [{ label: 'Oak 40x90', material: 'oak', lengthMm: 2400, quantity: 3 }],
  parts: [
    { label: 'Leg', material: 'oak', lengthMm: 720, quantity: 4 },
    { label: 'Rail', material: 'oak', lengthMm: 1500.5, quantity: 2 },
  ],
};

let installed: Installation;
let north: Client;
let south: Client;

beforeAll(async () => {
  installed = await install();
  await installed.provision({
    slug: 'north',
    users: [
      { email: 'ada@north.test', role: 'admin' },
      { email: 'mo@north.test', role: 'member' },
      { email: 'vi@north.test', role: 'viewer' },
    ],
  });
  await installed.provision({ slug: 'south', users: [{ email: 'sam@south.test', role: 'admin' }] });
  await installed.provision({
    slug: 'small',
    plan: 'free',
    settings: { limits: { projects: 2, users: 2 } },
    users: [{ email: 'una@small.test', role: 'admin' }],
  });
  north = await installed.visit('north', 'ada@north.test');
  south = await installed.visit('south', 'sam@south.test');
});
afterAll(() => installed.stop());

const createAs = async (client: Client, body: unknown = TABLE): Promise<string> => {
  const answer = await client.post('/api/projects', { json: body });
  if (answer.status !== 201) throw new Error(answer.text);
  return String(answer.json().id);
};

describe('projects', () => {
  it('VAL-24, VAL-25: are created, listed, read, edited and deleted', async () => {
    const id = await createAs(north);
    expect((await north.get(`/api/projects/${id}`)).json()).toMatchObject({ id, ...TABLE });
    const listed = (await north.get('/api/projects')).json().projects;
    expect(listed).toEqual([expect.objectContaining({ id, name: 'Garden table', boards: 3, parts: 6 })]);

    const edited = { ...TABLE, name: 'Long table', parts: TABLE.parts.slice(0, 1) };
    expect((await north.put(`/api/projects/${id}`, edited)).json()).toMatchObject(edited);
    expect((await north.get(`/api/projects/${id}`)).json()).toMatchObject(edited);

    expect((await north.delete(`/api/projects/${id}`)).status).toBe(204);
    expect((await north.get(`/api/projects/${id}`)).status).toBe(404);
  });

  it('VAL-22: each change is in the audit log, with who and what', async () => {
    const id = await createAs(north);
    await north.put(`/api/projects/${id}`, TABLE);
    await north.delete(`/api/projects/${id}`);
    const { entries } = (await north.get('/api/audit')).json() as { entries: Record<string, unknown>[] };
    const actions = entries.slice(0, 3).map(({ action, actor, detail }) => ({ action, actor, detail }));
    const said = { actor: 'ada@north.test', detail: { project: id, name: 'Garden table' } };
    expect(actions).toEqual([
      { action: 'project.deleted', ...said },
      { action: 'project.edited', ...said },
      { action: 'project.created', ...said },
    ]);
  });

  it('names every fault of a body by its place, and saves nothing', async () => {
    const before = (await north.get('/api/projects')).text;
    const answer = await north.post('/api/projects', {
      json: {
        name: ' ',
        boards: [{ label: 'x', lengthMm: -1, quantity: 1.5 }],
        parts: [{ label: 'x', lengthMm: '5', quantity: 1, colour: 'red' }],
      },
    });
    expect(answer.status).toBe(400);
    expect((answer.json().faults as { path: string }[]).map((fault) => fault.path)).toEqual([
      'name',
      'boards[0].lengthMm',
      'boards[0].quantity',
      'parts[0].lengthMm',
      'parts[0].colour',
    ]);
    expect((await north.get('/api/projects')).text).toBe(before);
  });

  it('bounds how many pieces a project asks to plan', async () => {
    const line = { label: 'x', lengthMm: 10, quantity: 1000 };
    const answer = await north.post('/api/projects', { json: { name: 'x', boards: [], parts: [line, line, line] } });
    expect(answer.json().faults).toEqual([{ path: 'parts', message: 'At most 2000 pieces in all.' }]);
  });
});

describe('the cut list', () => {
  it('VAL-14: places every part with the workshop’s kerf', async () => {
    const id = await createAs(north);
    const list = (await north.get(`/api/projects/${id}/cut-list`)).json();
    expect(list).toMatchObject({
      kerfMm: 3.2,
      unplaced: [],
      boards: [
        {
          parts: [
            { label: 'Rail', startMm: 0, lengthMm: 1500.5 },
            { label: 'Leg', startMm: 1503.7 },
          ],
        },
        { parts: [{ label: 'Rail' }, { label: 'Leg' }] },
        {
          parts: [
            { label: 'Leg', startMm: 0 },
            { label: 'Leg', startMm: 723.2 },
          ],
        },
      ],
    });
  });

  it('VAL-26: is exported as CSV and as JSON, as files, and each export is on record', async () => {
    const id = await createAs(north);
    const csv = await north.get(`/api/projects/${id}/export?format=csv`);
    expect(csv.headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(csv.headers['content-disposition']).toBe(`attachment; filename="cut-list-${id}.csv"`);
    expect(csv.text.split('\r\n')[1]).toBe('1,oak,Oak 40x90,2400,Rail,0,1500.5');
    const json = await north.get(`/api/projects/${id}/export?format=json`);
    expect(json.json()).toEqual((await north.get(`/api/projects/${id}/cut-list`)).json());
    expect((await north.get(`/api/projects/${id}/export?format=pdf`)).status).toBe(400);
    const { entries } = (await north.get('/api/audit')).json() as { entries: Record<string, unknown>[] };
    expect(entries.slice(0, 2).map((entry) => entry.detail)).toEqual([
      { project: id, format: 'json' },
      { project: id, format: 'csv' },
    ]);
  });

  it('VAL-27: follows the kerf of the settings', async () => {
    const id = await createAs(south);
    const changed = { kerfMm: 5, unit: 'in', keepOffcutMm: 500 };
    expect((await south.put('/api/settings', changed)).json()).toEqual(changed);
    expect((await south.get('/api/settings')).json()).toEqual(changed);
    expect((await south.get(`/api/projects/${id}/cut-list`)).json().kerfMm).toBe(5);
    expect((await north.get('/api/settings')).json().kerfMm).toBe(3.2);
    expect((await south.put('/api/settings', { ...changed, kerfMm: 21 })).status).toBe(400);
  });
});

describe('two tenants', () => {
  it('VAL-13: one tenant never sees the other’s project: 404 on every route that takes its id', async () => {
    const id = await createAs(north, { ...TABLE, name: 'Secret of the north' });
    for (const path of ['', '/cut-list', '/export?format=csv', '/export?format=json']) {
      const [own, foreign] = [
        await north.get(`/api/projects/${id}${path}`),
        await south.get(`/api/projects/${id}${path}`),
      ];
      expect([path, own.status, foreign.status]).toEqual([path, 200, 404]);
    }
    for (const path of ['', '/edit', '/cut-list.csv', '/cut-list.json']) {
      const [own, foreign] = [await north.get(`/projects/${id}${path}`), await south.get(`/projects/${id}${path}`)];
      expect([path, own.status, foreign.status]).toEqual([path, 200, 404]);
    }
    for (const path of ['/api/projects', '/api/audit', '/api/users', '/projects', '/audit', '/people']) {
      const [own, foreign] = [await north.get(path), await south.get(path)];
      expect(own.text, path).toContain(path.includes('projects') ? 'Secret of the north' : 'north.test');
      expect(foreign.text, path).not.toContain('north');
    }
  });

  it('VAL-13: nor changes it: 404, and the project stays as it was', async () => {
    const id = await createAs(north);
    const before = (await north.get(`/api/projects/${id}`)).text;
    expect((await south.put(`/api/projects/${id}`, { ...TABLE, name: 'Taken' })).status).toBe(404);
    expect((await south.delete(`/api/projects/${id}`)).status).toBe(404);
    const form = { _csrf: csrfOf(await south.get('/projects/new')), name: 'Taken', unit: 'mm' };
    expect((await south.post(`/projects/${id}`, { form })).status).toBe(404);
    expect((await south.post(`/projects/${id}/delete`, { form })).status).toBe(404);
    expect((await north.get(`/api/projects/${id}`)).text).toBe(before);
  });

  it('VAL-13: nor resets a password there', async () => {
    const { users } = (await north.get('/api/users')).json() as { users: { id: string; email: string }[] };
    const id = users.find((user) => user.email === 'mo@north.test')?.id;
    const foreign = await south.post(`/api/users/${id}/reset-password`, { json: {} });
    expect(foreign.status).toBe(404);
    await installed.visit('north', 'mo@north.test');
  });

  it('a foreign id and one that never was are answered alike', async () => {
    const id = await createAs(north);
    const foreign = await south.get(`/api/projects/${id}`);
    const none = await south.get('/api/projects/00000000-0000-4000-8000-000000000000');
    const odd = await south.get('/api/projects/1');
    expect([foreign.text, none.text]).toEqual([odd.text, odd.text]);
  });
});

describe('roles', () => {
  it('VAL-11, VAL-12: an admin does everything, a member plans, a viewer reads and exports', async () => {
    const id = await createAs(north);
    const spare = await createAs(north);
    const statuses: Record<string, number[]> = {};
    for (const role of ['vi', 'mo', 'ada']) {
      const client = await installed.visit('north', `${role}@north.test`);
      const { status: created } = await client.post('/api/projects', { json: TABLE });
      statuses[role] = [
        (await client.get(`/api/projects/${id}/export?format=csv`)).status,
        created,
        (await client.put(`/api/projects/${id}`, TABLE)).status,
        (await client.get('/api/settings')).status,
        (await client.put('/api/settings', { kerfMm: 3.2, unit: 'mm', keepOffcutMm: 300 })).status,
        (await client.get('/api/users')).status,
        (await client.get('/api/audit')).status,
        (await client.get('/people')).status,
        (await client.get(`/projects/${spare}/edit`)).status,
      ];
    }
    expect(statuses).toEqual({
      vi: [200, 403, 403, 200, 403, 403, 403, 403, 403],
      mo: [200, 201, 200, 200, 403, 403, 403, 403, 200],
      ada: [200, 201, 200, 200, 200, 200, 200, 200, 200],
    });
  });
});

describe('plan limits', () => {
  it('PLAN-09: the last place for a project goes to one of many at once, and a deletion gives it back', async () => {
    const una = await installed.visit('small', 'una@small.test');
    const answers = await Promise.all(Array.from({ length: 6 }, () => una.post('/api/projects', { json: TABLE })));
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 201, 409, 409, 409, 409]);
    expect(answers.find((answer) => answer.status === 409)?.json().code).toBe('plan_limit_reached');
    const first = answers.find((answer) => answer.status === 201)?.json().id;
    await una.delete(`/api/projects/${first}`);
    expect((await una.post('/api/projects', { json: TABLE })).status).toBe(201);
  });

  it('PLAN-09: holds for users too; an address is taken once for each workshop, whatever its case', async () => {
    const una = await installed.visit('small', 'una@small.test');
    const person = { email: 'New@small.test', fullName: 'New', role: 'member' };
    const added = await una.post('/api/users', { json: person });
    expect([added.status, added.json().mustChangePassword]).toEqual([201, true]);
    const full = await una.post('/api/users', { json: { ...person, email: 'more@small.test' } });
    expect([full.status, full.json().code]).toEqual([409, 'plan_limit_reached']);
    const taken = await north.post('/api/users', { json: { ...person, email: 'MO@north.test' } });
    expect([taken.status, taken.json().code]).toEqual([409, 'email_taken']);
    const elsewhere = await north.post('/api/users', { json: person });
    expect(elsewhere.status).toBe(201);
  });

  it('VAL-15, VAL-19, VAL-23: the tenant can read what holds for it', async () => {
    const una = await installed.visit('small', 'una@small.test');
    expect((await una.get('/api/tenant')).json()).toMatchObject({
      slug: 'small',
      plan: 'free',
      status: 'active',
      features: { sso: false, scim: false, api_access: true },
      limits: { users: 2, projects: 2, api_calls_per_15min: 100 },
    });
    expect((await north.get('/api/tenant')).json()).toMatchObject({
      limits: { users: null, projects: null, api_calls_per_15min: 10_000 },
    });
  });
});

describe('pages', () => {
  it('VAL-24: a project is made, planned, changed and deleted by forms alone, in the workshop’s unit', async () => {
    await south.put('/api/settings', { kerfMm: 3.175, unit: 'in', keepOffcutMm: 300 });
    const fields = (csrf: string, quantity: string): [string, string][] => [
      ['_csrf', csrf],
      ['unit', 'in'],
      ['name', 'Shelf <b>'],
      ...(['boards', 'parts'] as const).flatMap((kind): [string, string][] => [
        [`${kind}_label`, kind],
        [`${kind}_material`, ''],
        [`${kind}_length`, kind === 'boards' ? '96' : '24'],
        [`${kind}_quantity`, kind === 'boards' ? '1' : quantity],
        [`${kind}_label`, ''],
        [`${kind}_material`, ''],
        [`${kind}_length`, ''],
        [`${kind}_quantity`, ''],
      ]),
    ];
    const csrf = csrfOf(await south.get('/projects/new'));
    const faulty = await south.post('/projects', { form: fields(csrf, 'two') });
    expect(faulty.status).toBe(400);
    expect(faulty.text).toContain('Parts, line 1, quantity: Expected a whole number from 1 to 1000.');
    expect(faulty.text).toContain('value="two"');

    const created = await south.post('/projects', { form: fields(csrf, '3') });
    const address = String(created.headers.location).replace('?done=saved', '');
    const page = await south.get(address);
    expect(page.text).toContain('Shelf &lt;b&gt;');
    expect(page.text).toContain('Board of 96 with 3 parts');
    expect((await south.get(`/api${address}`)).json()).toMatchObject({ parts: [{ lengthMm: 609.6, quantity: 3 }] });

    const changed = await south.post(address, { form: fields(csrf, '4') });
    expect(changed.status).toBe(303);
    expect((await south.get(address)).text).toContain('No board is left for these parts:');

    const deleted = await south.post(`${address}/delete`, { form: { _csrf: csrf } });
    expect(deleted.headers.location).toBe('/projects?done=deleted');
    expect((await south.get(address)).status).toBe(404);
  });

  it('VAL-27: settings are shown and saved in the workshop’s unit', async () => {
    await south.put('/api/settings', { kerfMm: 3.2, unit: 'mm', keepOffcutMm: 300 });
    const page = await south.get('/settings');
    const form = { _csrf: csrfOf(page), shownUnit: 'mm', kerf: '2,8', keepOffcut: '254', unit: 'in' };
    expect((await south.post('/settings', { form })).status).toBe(303);
    expect((await south.get('/api/settings')).json()).toEqual({ kerfMm: 2.8, unit: 'in', keepOffcutMm: 254 });
    expect((await south.get('/settings')).text).toContain('value="10"');
    const faulty = await south.post('/settings', { form: { ...form, kerf: 'thin' } });
    expect([faulty.status, faulty.text.includes('Kerf: Expected a number from 0 to 20.')]).toEqual([400, true]);
  });

  it('a person added by form is given a password once, on the page itself', async () => {
    const form = {
      _csrf: csrfOf(await south.get('/people')),
      email: 'kim@south.test',
      fullName: 'Kim',
      role: 'viewer',
    };
    const added = await south.post('/people', { form });
    const password = /<code>([\w-]{16})<\/code>/.exec(added.text)?.[1];
    expect(password).toBeDefined();
    expect((await south.get('/people')).text).not.toContain(password);
    const again = await south.post('/people', { form });
    expect([again.status, again.text.includes('has this e-mail address')]).toEqual([409, true]);
  });
});
