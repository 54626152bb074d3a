/** The dialect's own name: what it writes into opaque and foreign parts, and what it takes back. */
export const GEMINI = 'gemini-generate';

/** Where the API is described: https://ai.google.dev/api/generate-content */
export const MODELS_PREFIX = 'models/';

/** `models/gemini-2.5-pro` and `gemini-2.5-pro` are the same model. */
export function bareModel(model: string): string {
  return model.startsWith(MODELS_PREFIX) ? model.slice(MODELS_PREFIX.length) : model;
}

/**
 * Stands for the signature of a call that another model made, or whose signature was lost on the way; newer models
 * refuse a call without any: https://ai.google.dev/gemini-api/docs/thought-signatures#faqs
 */
export const NO_SIGNATURE = 'skip_thought_signature_validator';
