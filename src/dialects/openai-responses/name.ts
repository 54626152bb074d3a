/** The dialect's name, as records, losses and opaque values carry it. */
export const NAME = 'openai-responses';

/** What the wire calls an answer's reasoning that only its provider can read, in `include`. */
export const INCLUDE_ENCRYPTED = 'reasoning.encrypted_content';
/** What the wire calls the log probabilities of an answer's text, in `include`. */
export const INCLUDE_LOGPROBS = 'message.output_text.logprobs';
