import { describe, expect, test } from 'vitest';
import { rulesOf } from './model-rules.ts';

describe('how a model is told to think', () => {
  test.each([
    ['models/gemini-2.5-pro', { by: 'budget', min: 128, max: 32_768, canBeOff: false }],
    ['gemini-2.5-flash-preview-09-2025', { by: 'budget', min: 1, max: 24_576, canBeOff: true }],
    ['gemini-2.5-flash-lite', { by: 'budget', min: 512, max: 24_576, canBeOff: true }],
    ['gemini-2.5-flash-image', { by: 'nothing' }],
    ['gemini-2.5-pro-preview-tts', { by: 'nothing' }],
    ['gemini-2.0-flash', { by: 'nothing' }],
    ['gemini-1.5-pro', { by: 'nothing' }],
    ['gemma-3-27b-it', { by: 'nothing' }],
    ['gemini-3-pro-preview', { by: 'level', levels: ['LOW', 'HIGH'] }],
    ['gemini-3-pro-image-preview', { by: 'nothing' }],
    ['gemini-3.1-pro-preview', { by: 'level', levels: ['LOW', 'MEDIUM', 'HIGH'] }],
    ['gemini-3-flash-preview', { by: 'level', levels: ['MINIMAL', 'LOW', 'MEDIUM', 'HIGH'] }],
    ['gemini-3.1-flash-lite', { by: 'level', levels: ['MINIMAL', 'LOW', 'MEDIUM', 'HIGH'] }],
    ['gemini-3.8-flash', { by: 'level', levels: ['LOW', 'MEDIUM', 'HIGH'] }],
    ['gemini-flash-latest', { by: 'level', levels: ['LOW', 'MEDIUM', 'HIGH'] }],
  ])('%s', (model, thinking) => {
    expect(rulesOf(model).thinking).toEqual(thinking);
  });
});

test('a model that nobody has heard of is taken for one of the newest', () => {
  expect(rulesOf('gemini-9-quark')).toEqual(rulesOf('gemini-4-argon'));
  expect(rulesOf('gemini-9-quark')).toMatchObject({ needsSignatures: true, mediaInResults: true, penalties: true });
});

test('the generation before needs no signatures and takes no penalties', () => {
  expect(rulesOf('gemini-2.5-flash')).toMatchObject({
    needsSignatures: false,
    mediaInResults: false,
    penalties: false,
  });
  expect(rulesOf('gemini-2.0-flash')).toMatchObject({ penalties: true, schemaWithTools: false });
});
