import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../testing/call.ts';
import { TEST_ADMIN_TOKEN } from '../testing/memory-state.ts';

const FOLDER = new URL('../../../openapi/', import.meta.url);
const UPDATE = process.env['UPDATE_OPENAPI'] === '1';

let plane: TestControlPlane;
beforeAll(async () => {
  plane = await startTestControlPlane();
});
afterAll(async () => plane.app.close());

describe.each(['control.json', 'data.json'])('openapi/%s', (name) => {
  it('is what the hub serves (UPDATE_OPENAPI=1 rewrites it)', async () => {
    const served = `${JSON.stringify((await plane.app.inject(`/openapi/${name}`)).json(), null, 2)}\n`;
    const file = new URL(name, FOLDER);
    if (UPDATE) writeFileSync(file, served);
    expect(served).toBe(readFileSync(file, 'utf8'));
  });

  it('holds no reference to something that is not in it, and no operation id twice', async () => {
    const text = (await plane.app.inject(`/openapi/${name}`)).body;
    const document: { components?: Record<string, Record<string, unknown>> } = JSON.parse(text);
    for (const [, section = '', entry = ''] of text.matchAll(/"\$ref":"#\/components\/(\w+)\/([^"]+)"/g)) {
      expect(Object.keys(document.components?.[section] ?? {})).toContain(entry);
    }
    const ids = [...text.matchAll(/"operationId":"([^"]+)"/g)].map(([, id]) => id);
    expect(ids.length).toBeGreaterThan(5);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

it('every operation of the control API has a summary, a tag, its auth and the shape of its errors', async () => {
  const document: { paths: Record<string, Record<string, Record<string, unknown>>> } = (
    await plane.app.inject('/openapi/control.json')
  ).json();
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const operation of Object.values(methods)) {
      expect([path, operation]).toEqual([
        path,
        expect.objectContaining({
          operationId: expect.any(String),
          summary: expect.any(String),
          tags: [expect.any(String)],
        }),
      ]);
      expect(operation['security']).toBeInstanceOf(Array);
      expect(Object.keys(operation['responses'] ?? {})).toEqual(expect.arrayContaining(['4XX', '5XX']));
    }
  }
});

it('every body of the control API has an example, which its route takes', async () => {
  const document: { paths: Record<string, Record<string, { requestBody?: { content: Bodies } }>> } = (
    await plane.app.inject('/openapi/control.json')
  ).json();
  const bodies = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { requestBody }]) =>
      requestBody === undefined ? [] : [{ method, path, example: requestBody.content['application/json']?.example }],
    ),
  );
  expect(bodies.length).toBeGreaterThan(40);
  for (const { method, path, example } of bodies) {
    expect(example, `${method} ${path}`).toBeDefined();
    const answer = await plane.app.inject({
      method: method.toUpperCase() as 'POST',
      url: path.replace('{scope}', 'team').replaceAll(/\{\w+\}/g, 'some-id'),
      headers: { authorization: `Bearer ${TEST_ADMIN_TOKEN}` },
      payload: example ?? {},
    });
    // Refusals for other reasons than the schema are none of the example’s.
    expect(answer.body, `${method} ${path}`).not.toContain('"details":{"problems":');
  }
});

type Bodies = Record<string, { readonly example?: object }>;
