/**
 * The script of the visitors' playground: sends what was said so far, and shows the answer as it comes. The conversation
 * lies in this page and nowhere else; whoever leaves it has forgotten it.
 */
const base = document.documentElement.dataset.base ?? '';
const words = JSON.parse(document.getElementById('words')?.textContent ?? '{}');
const form = document.getElementById('guest');
const MESSAGES_MAX = 40;
const CHARACTERS_MAX = 16_000;

/** What has been said and answered: `{ role, content }`. */
let said = [];
let running;

if (form !== null) prepare(form);

function prepare() {
  const message = form.elements.namedItem('message');
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (running === undefined && message.value.trim() !== '') run(ask(message));
  });
  message.addEventListener('keydown', (event) => {
    // A word that is being composed, as Chinese is, is ended by Enter and not sent.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  part('[data-stop]').addEventListener('click', () => {
    running?.abort();
    message.focus();
  });
  part('[data-new]').addEventListener('click', () => {
    said = [];
    const talk = part('.talk');
    talk.replaceChildren();
    talk.hidden = true;
    part('[data-new]').hidden = true;
    complain(undefined);
    message.focus();
  });
}

async function ask(message) {
  const question = { role: 'user', content: message.value };
  const messages = [...said, question];
  complain(undefined);
  if (isTooLong(messages)) return complain(words.guestTooLong);
  const model = form.elements.namedItem('model').value;
  message.value = '';
  const asked = show(words.guestYou, question.content);
  const answer = show(model, '');
  answer.note(words.guestWorking);
  running = new AbortController();
  look(true);
  let text = '';
  let problem;
  try {
    for await (const event of answerTo({ model, messages }, running.signal)) {
      if (event.error !== undefined) throw new Refusal(event.error);
      if (event.text !== undefined) {
        text += event.text;
        answer.say(text);
      }
      if (event.end !== undefined) answer.note(noteOf(event.end, text));
    }
  } catch (error) {
    if (running.signal.aborted) answer.note(words.guestStopped);
    else {
      problem = sentenceFor(error);
      answer.note('');
    }
  }
  running = undefined;
  look(false);
  if (text !== '') said = [...messages, { role: 'assistant', content: text }];
  else if (problem !== undefined) {
    // What was not answered was not said, and need not be written again.
    asked.remove();
    answer.remove();
    if (message.value === '') message.value = question.content;
  }
  complain(problem);
}

/** A refusal of the hub, as it said it. */
class Refusal extends Error {
  constructor({ code, details }) {
    super(code);
    this.code = code;
    this.details = details;
  }
}

/** The events of an answer, as they come. */
async function* answerTo(body, signal) {
  const response = await fetch(`${base}/guest/chat`, {
    method: 'POST',
    credentials: 'same-origin',
    redirect: 'error',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal,
  });
  if (!response.ok) throw new Refusal((await response.json().catch(() => ({}))).error ?? {});
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let left = '';
  let isWhole = false;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const lines = (left + value).split('\n');
    left = lines.pop();
    for (const line of lines) {
      if (!line.startsWith('data:')) continue;
      const event = JSON.parse(line.slice(5));
      isWhole ||= event.end !== undefined;
      yield event;
    }
  }
  if (!isWhole) throw new Refusal({ code: 'guest.unavailable' });
}

function noteOf(end, text) {
  if (end === 'length') return words.guestLength;
  if (text === '') return words.guestSilent;
  return end === 'filtered' || end === 'refused' ? words.guestEnded : '';
}

function sentenceFor(error) {
  if (!(error instanceof Refusal)) return words.error_network;
  const { code = '', details } = error;
  if (code === 'guest.limit_reached') return words[`guestLimit_${details?.limit}`] ?? words.error_generic;
  if (code === 'request.invalid' || code === 'request.too_large') return words.guestTooLong;
  if (code.startsWith('hub.')) return words.guestBusy;
  return words[code] ?? words.error_generic;
}

function isTooLong(messages) {
  const characters = messages.reduce((sum, { content }) => sum + content.length, 0);
  return messages.length > MESSAGES_MAX || characters > CHARACTERS_MAX;
}

/** Adds what somebody says to the conversation. */
function show(who, text) {
  const talk = part('.talk');
  const [turn, name, body, note] = ['div', 'p', 'p', 'p'].map((tag) => document.createElement(tag));
  turn.className = 'turn';
  name.className = 'who';
  body.className = 'said';
  note.className = 'dim';
  name.textContent = who;
  body.textContent = text;
  note.hidden = true;
  turn.append(name, body, note);
  talk.hidden = false;
  talk.append(turn);
  talk.scrollTop = talk.scrollHeight;
  return {
    say: (more) => {
      body.textContent = more;
      talk.scrollTop = talk.scrollHeight;
    },
    note: (sentence) => {
      note.textContent = sentence;
      note.hidden = sentence === '';
      talk.scrollTop = talk.scrollHeight;
    },
    remove: () => {
      turn.remove();
      talk.hidden = talk.childElementCount === 0;
    },
  };
}

function look(isBusy) {
  // A screen reader tells an answer once it is whole, and not word by word.
  part('.talk').setAttribute('aria-busy', String(isBusy));
  part('[type=submit]').hidden = isBusy;
  part('[data-stop]').hidden = !isBusy;
  part('[data-new]').hidden = isBusy;
}

function complain(sentence) {
  const notice = part('.notice');
  notice.textContent = sentence ?? '';
  notice.hidden = sentence === undefined;
}

function part(selector) {
  return document.querySelector(`[data-guest] ${selector}`);
}

function run(promise) {
  promise.catch((error) => {
    complain(words.error_generic);
    throw error;
  });
}
