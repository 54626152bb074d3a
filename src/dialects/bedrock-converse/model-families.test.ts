import { describe, expect, it } from 'vitest';
import { familyOf } from './model-families.ts';

describe('the family of a model', () => {
  it.each([
    ['anthropic.claude-v2:1', undefined],
    ['anthropic.claude-instant-v1', undefined],
    ['anthropic.claude-3-haiku-20240307-v1:0', undefined],
    ['us.anthropic.claude-3-5-sonnet-20241022-v2:0', undefined],
    ['us.anthropic.claude-3-7-sonnet-20250219-v1:0', 'claude-budget'],
    ['apac.anthropic.claude-sonnet-4-20250514-v1:0', 'claude-budget'],
    ['us.anthropic.claude-opus-4-1-20250805-v1:0', 'claude-budget'],
    ['global.anthropic.claude-haiku-4-5-20251001-v1:0', 'claude-budget'],
    ['us.anthropic.claude-sonnet-4-6', 'claude-either'],
    ['global.anthropic.claude-opus-4-6-v1', 'claude-either'],
    ['global.anthropic.claude-opus-4-7', 'claude-adaptive'],
    ['us-gov.anthropic.claude-opus-5', 'claude-adaptive'],
    ['arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-6', 'claude-either'],
    ['arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-2-lite-v1:0', 'nova'],
    ['us.amazon.nova-pro-v1:0', undefined],
    ['openai.gpt-oss-20b-1:0', 'reasoning_effort'],
    ['us.openai.gpt-5.2', 'reasoning.effort'],
    ['qwen.qwen3-coder-30b-a3b-v1:0', 'reasoning_config'],
    ['arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2', undefined],
    ['', undefined],
  ])('tells how thinking is asked for: %s → %s', (model, reasoning) => {
    expect(familyOf(model).reasoning).toBe(reasoning);
  });

  it('of a name that nobody knows takes all that is standard', () => {
    expect(familyOf('newcomer.model-v1:0')).toMatchObject({
      sampling: 'both',
      cachePoints: 'everywhere',
      structuredOutput: true,
      toolChoice: 'tool',
      topK: undefined,
    });
  });
});
