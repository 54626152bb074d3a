/** The dialect's name, as the catalogue and requests write it. */
export const OPENAI_MEDIA = 'openai-media';
