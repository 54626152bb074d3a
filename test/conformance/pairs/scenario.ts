import type { JsonObject } from '../../../src/kernel/json.ts';

/** The words of which every caller's requests are made, so that they can be found again at a provider. */

export const SYSTEM = 'You are brief.';
export const LATE_SYSTEM = 'Speak French from here on.';
export const DEVELOPER = 'Use metric units.';
export const QUESTION = 'What is the weather in Brest?';
export const ANSWER = 'It rains.';
export const NEXT_QUESTION = 'And tomorrow?';
export const SCHEMA: JsonObject = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer' } },
  required: ['city', 'days'],
  additionalProperties: false,
};
export const TOOL = { name: 'get_weather', description: 'Tells the weather of a city.', parameters: SCHEMA };
export const OTHER_TOOL = { name: 'get_tide', description: 'Tells the tide of a port.', parameters: SCHEMA };
export const CALL_A = { id: 'call_a', arguments: { city: 'Brest', days: 1 } };
export const CALL_B = { id: 'call_b', arguments: { city: 'Nantes', days: 2 } };
export const RESULT_A = 'Rain, 12 degrees.';
export const RESULT_B = 'Fog, 9 degrees.';
export const IMAGE_URL = 'https://example.com/sky.png';
export const FILE_URL = 'https://example.com/report.pdf';
/** A picture of one point, the beginning of a PDF, and the beginning of a sound. */
export const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';
export const PDF = 'JVBERi0xLjQKJeLjz9MKMSAwIG9iago8PD4+CmVuZG9iag==';
export const WAV = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEA';
export const FORMAT = { name: 'forecast', schema: SCHEMA };
