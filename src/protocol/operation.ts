/** What a caller asks for. */
export type Operation =
  | 'chat'
  | 'completions'
  | 'embeddings'
  | 'count-tokens'
  | 'images'
  | 'image-edits'
  | 'speech'
  | 'transcriptions'
  | 'translations'
  | 'videos';

/** Every operation, in the order in which a list names them. */
export const OPERATIONS = [
  'chat',
  'completions',
  'embeddings',
  'count-tokens',
  'images',
  'image-edits',
  'speech',
  'transcriptions',
  'translations',
  'videos',
] as const satisfies readonly Operation[];
