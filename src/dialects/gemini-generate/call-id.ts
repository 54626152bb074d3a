const ANSWER_CHARACTERS_MAX = 24;
const UNSAFE = /[^A-Za-z0-9_-]/g;

/**
 * An id for a call that came without one. A result finds its call by it, so that it has to be unique within the
 * conversation: the id of the answer tells answers apart, the number the calls of one answer. Forty characters of
 * letters, digits, `_` and `-` are what every dialect accepts.
 */
export function callIdOf(answerId: string | undefined, number: number): string {
  const answer = (answerId ?? '').replace(UNSAFE, '').slice(0, ANSWER_CHARACTERS_MAX);
  return answer === '' ? `call_${number}` : `call_${answer}_${number}`;
}
