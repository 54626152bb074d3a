import { z } from 'zod';

export const NAME_LENGTH_MAX = 64;
export const LIST_LENGTH_MAX = 1000;
const TEXT_LENGTH_MAX = 512;

/** A text of one line: a model, a provider, what something is called. */
export const shortText = z.string().trim().min(1).max(TEXT_LENGTH_MAX);
