/** The dialect's name, by which its own opaque reasoning, tools and citations are known again. */
export const DIALECT = 'anthropic-messages';
