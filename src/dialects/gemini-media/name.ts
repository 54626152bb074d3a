/** The dialect's name, as the catalogue and requests write it. */
export const GEMINI_MEDIA = 'gemini-media';

const MODELS_PREFIX = 'models/';

/** `models/imagen-4.0-generate-001` and `imagen-4.0-generate-001` are the same model. */
export function bareModel(model: string): string {
  return model.startsWith(MODELS_PREFIX) ? model.slice(MODELS_PREFIX.length) : model;
}
