import type { PriceUnit } from '../protocol/rate-card.ts';

const UNITS: Readonly<Record<PriceUnit, true>> = {
  input: true,
  'cached-input': true,
  'cache-write-5m': true,
  'cache-write-1h': true,
  'audio-input': true,
  'image-input': true,
  output: true,
  reasoning: true,
  'audio-output': true,
  'image-output': true,
  image: true,
  'video-second': true,
  'audio-second': true,
  character: true,
  minute: true,
  request: true,
  'tool-call': true,
};

/** Every unit that a price may be for. A unit that is added to the type and not here does not compile. */
// Object.keys gives string[]; the record above holds exactly the units.
export const PRICE_UNITS = Object.keys(UNITS) as readonly PriceUnit[];
