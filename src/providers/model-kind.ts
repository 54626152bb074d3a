import type { ModelFacts } from '../protocol/configuration.ts';

/** What a model is for. */
export const MODEL_KINDS = ['chat', 'image', 'embedding', 'video', 'audio'] as const;
export type ModelKind = (typeof MODEL_KINDS)[number];

const EMBEDDING_NAME = /embed|bge-|(?:^|[/-])e5-|gte-|minilm/i;
const IMAGE_NAME = /dall-e|gpt-image|imagen|image-generation|flux|stable-diffusion|seedream|ideogram/i;
const VIDEO_NAME = /(?:^|[/-])(?:sora|veo|seedance|kling)(?:[-/\d]|$)/i;
const AUDIO_NAME = /whisper|transcribe|(?:^|[/-])tts(?:[-/\d]|$)|-tts(?:-|$)|speech/i;

/** As its provider says, or by its name, since most lists say nothing. */
export function modelKind({
  facts,
  upstreamModel,
}: {
  readonly facts: ModelFacts;
  readonly upstreamModel: string;
}): ModelKind {
  const { outputModalities: outputs, embeddingDimensions } = facts;
  if (embeddingDimensions !== undefined || outputs?.some((output) => output.startsWith('embedding')) === true) {
    return 'embedding';
  }
  if (outputs?.includes('text') === true) return AUDIO_NAME.test(upstreamModel) ? 'audio' : 'chat';
  if (outputs?.includes('video') === true || VIDEO_NAME.test(upstreamModel)) return 'video';
  if (outputs?.includes('image') === true || IMAGE_NAME.test(upstreamModel)) return 'image';
  if (EMBEDDING_NAME.test(upstreamModel)) return 'embedding';
  return outputs?.includes('audio') === true || AUDIO_NAME.test(upstreamModel) ? 'audio' : 'chat';
}
