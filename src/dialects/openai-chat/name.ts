/** The name by which opaque reasoning, citations and foreign parts of this format are known again. */
export const OPENAI_CHAT = 'openai-chat';
