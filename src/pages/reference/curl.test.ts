import { describe, expect, it } from 'vitest';
import { curlOf } from './curl.ts';
import { readDocument } from './read-document.ts';

const SCHEMES = {
  virtualKey: { type: 'http', scheme: 'bearer' },
  adminToken: { type: 'http', scheme: 'bearer' },
  session: { type: 'apiKey', in: 'cookie', name: 'hub_session' },
};

function commandOf(path: string, method: string, operation: object): string {
  const reference = readDocument({
    paths: { [path]: { [method]: operation } },
    components: { securitySchemes: SCHEMES },
  });
  const [made] = reference.tags[0]?.operations ?? [];
  if (made === undefined) throw new Error('the document has no operation');
  return curlOf(made, reference);
}

const json = (media: object) => ({ requestBody: { content: { 'application/json': media } } });

describe('the command of an operation', () => {
  it('names what only the caller knows as variables', () => {
    const command = commandOf('/keys/{key_id}/uses', 'get', {
      security: [{ adminToken: [] }, { session: [] }],
      parameters: [
        { name: 'key_id', in: 'path', required: true },
        { name: 'pageSize', in: 'query', required: true },
        { name: 'cursor', in: 'query' },
        { name: 'x-hub-organization', in: 'header', required: true },
      ],
    });
    expect(command).toBe(
      [
        'curl "$HUB_URL/keys/$KEY_ID/uses?pageSize=$PAGE_SIZE"',
        '-H "Authorization: Bearer $HUB_ADMIN_TOKEN"',
        '-H "x-hub-organization: $X_HUB_ORGANIZATION"',
      ].join(' \\\n  '),
    );
  });

  it('sends the document’s example, and nothing in it is the shell’s', () => {
    const command = commandOf('/names', 'post', {
      security: [{ virtualKey: [] }],
      ...json({ example: { name: "it's $HOME `now`" } }),
    });
    expect(command).toBe(
      [
        'curl -X POST "$HUB_URL/names"',
        '-H "Authorization: Bearer $HUB_KEY"',
        '-H "Content-Type: application/json"',
        `-d '{\n  "name": "it'\\''s $HOME \`now\`"\n}'`,
      ].join(' \\\n  '),
    );
  });

  it('without an example sends what has to be sent, or a file where that is not known', () => {
    const schema = {
      type: 'object',
      required: ['model', 'when'],
      properties: {
        model: { enum: ['m-1'] },
        when: { type: 'string', format: 'date-time' },
        optional: { type: 'string' },
      },
    };
    expect(commandOf('/a', 'post', json({ schema }))).toContain(
      JSON.stringify({ model: 'm-1', when: '2026-01-31T09:30:00.000Z' }, null, 2),
    );
    expect(commandOf('/a', 'post', json({ schema: { type: 'object' } }))).toContain('-d @body.json');
  });

  it('carries a session as a cookie, and a form as its parts', () => {
    const form = {
      schema: {
        type: 'object',
        required: ['file', 'model'],
        properties: { file: { type: 'string', format: 'binary' }, model: { type: 'string' } },
      },
    };
    const command = commandOf('/audio', 'post', {
      security: [{ session: [] }],
      requestBody: { content: { 'multipart/form-data': form } },
    });
    expect(command).toBe(
      [
        'curl -X POST "$HUB_URL/audio"',
        '-b "hub_session=$HUB_SESSION"',
        '-H "Sec-Fetch-Site: same-origin"',
        '-F "file=@file"',
        '-F "model=$MODEL"',
      ].join(' \\\n  '),
    );
  });
});
