import { describe, expect, it } from 'vitest';
import { abilitiesOf } from './model-abilities.ts';

describe('what a model takes, by its name', () => {
  it.each([
    ['claude-3-haiku-20240307', 'all', '', 'none', 'disabled'],
    ['claude-3-5-sonnet-20241022', 'all', '', 'none', 'disabled'],
    ['claude-3-7-sonnet-latest', 'all', '', 'budget', 'disabled'],
    ['claude-sonnet-4-20250514', 'all', '', 'budget', 'disabled'],
    ['claude-opus-4-1-20250805', 'temperature-or-top-p', '', 'budget', 'disabled'],
    ['claude-haiku-4-5', 'temperature-or-top-p', '', 'budget', 'disabled'],
    ['claude-opus-4-5-20251101', 'temperature-or-top-p', 'low medium high', 'budget', 'disabled'],
    ['anthropic/claude-opus-4.6', 'temperature-or-top-p', 'low medium high max', 'both', 'disabled'],
    ['us.anthropic.claude-opus-4-7-v1:0', 'none', 'low medium high xhigh max', 'adaptive', 'disabled'],
    ['claude-sonnet-5', 'none', 'low medium high xhigh max', 'adaptive', 'disabled'],
    ['claude-opus-5', 'none', 'low medium high xhigh max', 'adaptive', 'disabled-up-to-high'],
    ['claude-haiku-5-5', 'none', 'low medium high xhigh max', 'adaptive', 'disabled-up-to-high'],
    ['claude-sonnet-5-5', 'none', 'low medium high xhigh max', 'adaptive', 'between-tools'],
    ['claude-opus-5-5', 'none', 'low medium high xhigh max', 'adaptive', 'never'],
    ['claude-fable-5', 'none', 'low medium high xhigh max', 'adaptive', 'never'],
    ['claude-unheard-of', 'none', 'low medium high xhigh max', 'adaptive', 'disabled-up-to-high'],
    ['another-makers-model', 'all', '', 'budget', 'disabled'],
  ])('%s', (name, sampling, efforts, thinking, thinkingOff) => {
    const abilities = abilitiesOf(name);
    expect(abilities.sampling).toBe(sampling);
    expect(abilities.efforts.join(' ')).toBe(efforts);
    const kinds = { budget: abilities.budgetThinking, adaptive: abilities.adaptiveThinking };
    expect(kinds).toEqual({
      budget: thinking === 'budget' || thinking === 'both',
      adaptive: thinking === 'adaptive' || thinking === 'both',
    });
    expect(abilities.thinkingOff).toBe(thinkingOff);
  });

  it('knows who keeps to a schema, takes system messages anywhere, and can be made to call', () => {
    const having = (ability: 'structuredOutput' | 'inlineSystem' | 'forcedTools') =>
      [
        'claude-sonnet-4',
        'claude-opus-4-1',
        'claude-sonnet-4-5',
        'claude-opus-4-8',
        'claude-sonnet-5',
        'claude-opus-5-5',
      ]
        .filter((name) => abilitiesOf(name)[ability])
        .map((name) => name.replace('claude-', ''));
    expect(having('structuredOutput')).toEqual(['opus-4-1', 'sonnet-4-5', 'opus-4-8', 'sonnet-5', 'opus-5-5']);
    expect(having('inlineSystem')).toEqual(['opus-4-8', 'sonnet-5', 'opus-5-5']);
    expect(having('forcedTools')).toEqual(['sonnet-4', 'opus-4-1', 'sonnet-4-5', 'opus-4-8', 'sonnet-5']);
  });
});
