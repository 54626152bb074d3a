/** What a caller asks for. */
export type Operation = 'chat' | 'completions' | 'embeddings';
