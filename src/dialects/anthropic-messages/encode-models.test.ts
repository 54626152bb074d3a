import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../kernel/errors.ts';
import { type AnthropicModel, encodeAnthropicModel, encodeAnthropicModels, type ModelPage } from './encode-models.ts';

const MODELS: readonly AnthropicModel[] = ['a', 'b', 'c', 'd', 'e'].map((id) => ({
  id,
  displayName: id.toUpperCase(),
  createdAtMs: undefined,
}));
const WHOLE: ModelPage = { limit: undefined, afterId: undefined, beforeId: undefined };

function pageOf(page: Partial<ModelPage>) {
  const { data, first_id, last_id, has_more } = encodeAnthropicModels(MODELS, { ...WHOLE, ...page });
  const ids = Array.isArray(data) ? data.map((model) => (model as { readonly id: string }).id) : [];
  return { ids: ids.join(''), first_id, last_id, has_more };
}

describe('the list of models in Anthropic’s shape', () => {
  it.each([
    [{}, { ids: 'abcde', first_id: 'a', last_id: 'e', has_more: false }],
    [{ limit: '2' }, { ids: 'ab', first_id: 'a', last_id: 'b', has_more: true }],
    [
      { limit: '2', afterId: 'b' },
      { ids: 'cd', first_id: 'c', last_id: 'd', has_more: true },
    ],
    [
      { limit: '2', afterId: 'd' },
      { ids: 'e', first_id: 'e', last_id: 'e', has_more: false },
    ],
    [
      { limit: '2', afterId: 'e' },
      { ids: '', first_id: null, last_id: null, has_more: false },
    ],
    [
      { limit: '2', beforeId: 'd' },
      { ids: 'bc', first_id: 'b', last_id: 'c', has_more: true },
    ],
    [
      { limit: '2', beforeId: 'c' },
      { ids: 'ab', first_id: 'a', last_id: 'b', has_more: false },
    ],
    [
      { limit: '9', afterId: 'a', beforeId: 'd' },
      { ids: 'bc', first_id: 'b', last_id: 'c', has_more: false },
    ],
  ])('gives the page %j', (page, expected) => {
    expect(pageOf(page)).toEqual(expected);
  });

  it.each([
    ['limit', { limit: '0' }],
    ['limit', { limit: '1001' }],
    ['limit', { limit: 'all' }],
    ['after_id', { afterId: 'z' }],
    ['before_id', { beforeId: 'z' }],
  ])('refuses a wrong `%s`', (param, page) => {
    const act = () => encodeAnthropicModels(MODELS, { ...WHOLE, ...page });
    expect(act).toThrow(GatewayError);
    expect(act).toThrow(`\`${param}\``);
  });

  it('writes one model, with what is not known left open', () => {
    expect(
      encodeAnthropicModel({ id: 'm', displayName: 'M', createdAtMs: 1_700_000_000_000, maxOutputTokens: 64_000 }),
    ).toEqual({
      type: 'model',
      id: 'm',
      display_name: 'M',
      created_at: '2023-11-14T22:13:20.000Z',
      max_input_tokens: null,
      max_tokens: 64_000,
    });
    expect(encodeAnthropicModel({ id: 'm', displayName: undefined, createdAtMs: undefined })).toMatchObject({
      display_name: 'm',
      created_at: '1970-01-01T00:00:00.000Z',
    });
  });
});
