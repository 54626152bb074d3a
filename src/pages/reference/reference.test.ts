import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isJsonObject, parseJson } from '../../kernel/json.ts';
import { PAGE_LOCALES, type PageLocale } from '../../kernel/locales.ts';
import { INSTALLATION_DEFAULTS } from '../../protocol/installation.ts';
import type { PageContext } from '../layout.ts';
import { wordsIn } from '../words.ts';
import { readDocument } from './read-document.ts';
import { REFERENCE_NAMES, type ReferenceName, renderReference } from './render-page.ts';

const documentOf = (name: ReferenceName) =>
  parseJson(readFileSync(new URL(`../../../openapi/${name}.json`, import.meta.url), 'utf8'));

function contextIn(locale: PageLocale, name = 'AIGNE Hub'): PageContext {
  return {
    locale,
    words: wordsIn(locale),
    installation: { ...INSTALLATION_DEFAULTS, revision: 1, name },
    base: '/hub',
    path: '/reference/control',
    version: 'abc',
  };
}

function render(document: unknown, context = contextIn('en')): Promise<string> {
  return renderReference('control', readDocument(document), context);
}

/** What the text of a page is once a browser has read it. */
function textOf(page: string): string {
  const names: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  return page.replaceAll(/<[^>]*>/g, '').replaceAll(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => names[name] ?? '');
}

describe.each(REFERENCE_NAMES)('the page of the document %s', (name) => {
  const document = documentOf(name);
  const reference = readDocument(document);

  it.each(PAGE_LOCALES)(
    'has every operation once, by its id, and nothing that could not be shown (%s)',
    async (locale) => {
      const page = await renderReference(name, reference, contextIn(locale));
      const operations = Object.entries(
        isJsonObject(document) && isJsonObject(document['paths']) ? document['paths'] : {},
      )
        .flatMap(([, methods]) => (isJsonObject(methods) ? Object.values(methods) : []))
        .filter(isJsonObject);
      expect(operations.length).toBeGreaterThan(50);
      for (const id of operations.map(({ operationId }) => (typeof operationId === 'string' ? operationId : ''))) {
        expect(page.split(`<article class="operation" id="${id}"`), id).toHaveLength(2);
      }
      expect(page).not.toMatch(/\[object |>undefined<|\bundefined\b(?=[\s"])|NaN/);
      expect(page).toContain(`<html lang="${locale}"`);
    },
  );

  it('links to nothing that is not on it, and uses no id twice', async () => {
    const page = await renderReference(name, reference, contextIn('en'));
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of page.matchAll(/ href="#([^"]+)"/g)) expect(ids).toContain(target);
    for (const [, schema] of page.matchAll(/ data-schema="([^"]+)"/g)) expect(ids).toContain(`schema-${schema}`);
    expect(page).not.toMatch(/(?:href|src)="\/(?!hub\/)/);
  });

  it('holds no script or style of its own, which its policy would refuse', async () => {
    const page = await renderReference(name, reference, contextIn('en'));
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).not.toMatch(/<style|\sstyle=|\son[a-z]+=/);
  });
});

describe('what the page makes of a document', () => {
  it('lets nothing in a document or an installation become a tag', async () => {
    const hostile = '</code><script>alert(1)</script>"\'><img src=x>';
    const schema = {
      type: 'object',
      description: hostile,
      required: [hostile],
      properties: { [hostile]: { type: hostile, description: hostile, enum: [hostile], default: hostile } },
    };
    const page = await render(
      {
        info: { title: hostile, description: `${hostile} \`${hostile}\`` },
        tags: [{ name: hostile, description: hostile }],
        paths: {
          [`/${hostile}`]: {
            post: {
              operationId: hostile,
              summary: hostile,
              description: hostile,
              tags: [hostile],
              security: [{ [hostile]: [] }],
              externalDocs: { url: hostile },
              parameters: [{ name: hostile, in: 'query', required: true, description: hostile, schema }],
              requestBody: { description: hostile, content: { [hostile]: { schema }, 'application/json': { schema } } },
              responses: { [hostile]: { description: hostile, content: { 'application/json': { schema } } } },
            },
          },
        },
        components: {
          securitySchemes: { [hostile]: { type: 'http', description: hostile } },
          schemas: { [hostile]: schema },
        },
      },
      contextIn('en', hostile),
    );
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).not.toContain('<img');
    expect(textOf(page)).toContain('<script>alert(1)</script>');
  });

  it('ends with schemas that hold themselves, and with references that lead nowhere', async () => {
    const tree = { type: 'object', required: ['child'], properties: { child: { $ref: '#/components/schemas/Tree' } } };
    const page = await render({
      paths: {
        '/trees': {
          post: {
            operationId: 'plant',
            requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Tree' } } } },
            responses: {
              200: { $ref: '#/components/responses/Loop' },
              404: { $ref: '#/components/responses/Missing' },
            },
          },
        },
      },
      components: { schemas: { Tree: tree }, responses: { Loop: { $ref: '#/components/responses/Loop' } } },
    });
    expect(page).toContain('<article class="schema" id="schema-Tree">');
    expect(page).toContain('data-schema="Tree"');
    expect(textOf(page).replaceAll(/\s+/g, '')).toContain(`-d'{"child":null}'`);
  });

  it('shows of a schema what is required, its types, values and limits', async () => {
    const text = textOf(
      await render({
        paths: {
          '/things': {
            post: {
              operationId: 'make',
              requestBody: {
                content: {
                  'application/json': {
                    schema: {
                      type: 'object',
                      required: ['name'],
                      properties: {
                        name: { type: 'string', minLength: 1, maxLength: 64, description: 'What `it` is called.' },
                        kind: { anyOf: [{ type: 'string', enum: ['a', 'b'] }, { type: 'null' }] },
                        tags: { type: 'array', maxItems: 5, items: { type: 'string', pattern: '^x' } },
                        count: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 3 },
                      },
                      additionalProperties: { type: 'number', exclusiveMinimum: 0 },
                    },
                  },
                },
              },
              responses: { 204: { description: 'Done.' } },
            },
          },
        },
      }),
    ).replaceAll(/\s+/g, ' ');
    expect(text).toContain('name string requiredWhat it is called.1–64 characters');
    expect(text).toContain('kind string | null');
    expect(text).toMatch(/One of: a b/);
    expect(text).toContain('tags string[]at most 5 entries');
    expect(text).toContain('pattern ^x');
    expect(text).toContain('count integerat least 0 default 3');
    expect(text).toContain('any name number');
    expect(text).toContain('204 Done No body.');
  });

  it('refuses what is no document', () => {
    expect(() => readDocument('a text')).toThrow(TypeError);
  });
});
