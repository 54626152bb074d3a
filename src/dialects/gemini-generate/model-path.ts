import type { Target } from '../contract.ts';
import { bareModel, MODELS_PREFIX } from './name.ts';

const TUNED_PREFIX = 'tunedModels/';

/**
 * The path of one of a model's methods: `/v1beta/models` and `gemini-2.5-pro` →
 * `/v1beta/models/gemini-2.5-pro:generateContent`. Tuned models lie beside the others: https://ai.google.dev/api/all-methods
 */
export function modelPath({ path, upstreamModel }: Pick<Target, 'path' | 'upstreamModel'>, method: string): string {
  if (upstreamModel.startsWith(TUNED_PREFIX)) {
    const base = path.slice(0, path.lastIndexOf('/'));
    return `${base}/${TUNED_PREFIX}${encodeURIComponent(upstreamModel.slice(TUNED_PREFIX.length))}:${method}`;
  }
  return `${path}/${encodeURIComponent(bareModel(upstreamModel))}:${method}`;
}

/** The model's full name, as bodies write it. */
export function resourceName(upstreamModel: string): string {
  return upstreamModel.startsWith(TUNED_PREFIX) ? upstreamModel : `${MODELS_PREFIX}${bareModel(upstreamModel)}`;
}
