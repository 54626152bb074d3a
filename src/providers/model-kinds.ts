/**
 * Guesses, from the names alone, what models are worth a try. Only the order of trying hangs on them: a provider's own
 * answer decides.
 */
const NOT_FOR_CHAT =
  /embed|bge-|(?:^|[/-])e5-|rerank|whisper|(?:^|[/-])tts|transcri|speech|voice|moderation|dall-e|seedream|seededit|seedance|image|imagen|flux|sora|veo|video|audio|realtime|davinci|babbage|guard/i;
const FOR_EMBEDDINGS = /embed|bge-|(?:^|[/-])e5-|gte-|minilm/i;

/** Those that look like chat models first, the others after them. */
export function likelyChatModels(ids: readonly string[]): readonly string[] {
  return [...ids.filter((id) => !NOT_FOR_CHAT.test(id)), ...ids.filter((id) => NOT_FOR_CHAT.test(id))];
}

/** Those that look like embedding models first, the others after them. */
export function likelyEmbeddingModels(ids: readonly string[]): readonly string[] {
  return [...ids.filter((id) => FOR_EMBEDDINGS.test(id)), ...ids.filter((id) => !FOR_EMBEDDINGS.test(id))];
}
