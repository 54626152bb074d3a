import type { Installation } from '../protocol/installation.ts';
import type { Mail } from './ports.ts';

/** The languages in which mails are written. */
export type MailLocale = 'en' | 'zh-TW';

/** What a mail is about. `link` holds a secret and ends after a while. */
export type MailSubject =
  | { readonly kind: 'verify_address'; readonly link: string }
  | { readonly kind: 'account_exists'; readonly link: string }
  | { readonly kind: 'reset_password'; readonly link: string }
  | { readonly kind: 'password_changed' }
  | { readonly kind: 'test' }
  | { readonly kind: 'awaits_approval'; readonly email: string; readonly link: string }
  | { readonly kind: 'approved'; readonly link: string }
  | {
      readonly kind: 'notification';
      readonly words: Readonly<Record<MailLocale, { readonly subject: string; readonly lines: readonly string[] }>>;
      readonly link: string;
    }
  | {
      readonly kind: 'invitation';
      readonly organization: string;
      readonly inviter: string | undefined;
      readonly link: string;
    };

const COLONS: Readonly<Record<MailLocale, string>> = { en: ': ', 'zh-TW': '：' };

type Words = {
  readonly subject: string;
  readonly lines: readonly string[];
  /** What the link's button says. */
  readonly action: string | undefined;
  readonly after: readonly string[];
};

type Branding = Pick<Installation, 'name' | 'supportAddress' | 'termsUrl' | 'privacyUrl'>;

/** Writes a mail in the reader's language, under the installation's name. */
export function writeMail(input: {
  readonly to: { readonly email: string; readonly name: string | undefined; readonly locale: string | undefined };
  readonly about: MailSubject;
  readonly installation: Branding;
}): Mail {
  const locale: MailLocale = input.to.locale === 'zh-TW' ? 'zh-TW' : 'en';
  const name = oneLine(input.installation.name);
  const words = locale === 'en' ? inEnglish(input.about, name) : inChinese(input.about, name);
  const link = 'link' in input.about ? input.about.link : undefined;
  const greeting = greetingOf(locale, input.to.name);
  const footer = footerOf(locale, input.installation);
  return {
    to: input.to.email,
    subject: oneLine(words.subject),
    text: textOf({ locale, greeting, words, link, footer }),
    html: htmlOf({ locale, name, greeting, words, link, footer }),
    link,
  };
}

function greetingOf(locale: MailLocale, name: string | undefined): string {
  if (locale === 'zh-TW') return name === undefined ? '您好：' : `${oneLine(name)} 您好：`;
  return name === undefined ? 'Hello,' : `Hello ${oneLine(name)},`;
}

function footerOf(locale: MailLocale, { supportAddress, termsUrl, privacyUrl }: Branding): readonly string[] {
  const [support, terms, privacy] =
    locale === 'zh-TW' ? ['需要協助？', '服務條款', '隱私權政策'] : ['Need help?', 'Terms', 'Privacy'];
  return [
    ...(supportAddress === undefined ? [] : [`${support} ${oneLine(supportAddress)}`]),
    ...(termsUrl === undefined ? [] : [terms + COLONS[locale] + termsUrl]),
    ...(privacyUrl === undefined ? [] : [privacy + COLONS[locale] + privacyUrl]),
  ];
}

function inEnglish(about: MailSubject, name: string): Words {
  switch (about.kind) {
    case 'verify_address':
      return {
        subject: `Confirm your address for ${name}`,
        lines: [`You asked for an account at ${name}. Please confirm that this address is yours.`],
        action: 'Confirm my address',
        after: ['The link works once, for 24 hours. If it was not you, do nothing: no account is opened.'],
      };
    case 'account_exists':
      return {
        subject: `You already have an account at ${name}`,
        lines: [`Somebody, perhaps you, asked for an account at ${name} with this address. You have one already.`],
        action: 'Sign in',
        after: ['If it was not you, do nothing: your account is as it was.'],
      };
    case 'reset_password':
      return {
        subject: `Set a new password for ${name}`,
        lines: [`You asked to set a new password for your account at ${name}.`],
        action: 'Set a new password',
        after: ['The link works once, for one hour. If it was not you, do nothing: your password stays as it is.'],
      };
    case 'password_changed':
      return {
        subject: `Your password at ${name} was changed`,
        lines: [
          `The password of your account at ${name} was changed, and all other sessions ended.`,
          'If it was not you, set a new one at once on the sign-in page, and tell whoever runs the hub.',
        ],
        action: undefined,
        after: [],
      };
    case 'test':
      return {
        subject: `A test of the mails of ${name}`,
        lines: [`You asked ${name} to send you a mail. It came.`],
        action: undefined,
        after: [],
      };
    case 'awaits_approval':
      return {
        subject: `${about.email} asks for an account at ${name}`,
        lines: [`${about.email} has confirmed their address and waits for your approval.`],
        action: 'Look at the account',
        after: [],
      };
    case 'approved':
      return {
        subject: `Your account at ${name} is ready`,
        lines: [`Your account at ${name} was approved. You can sign in now.`],
        action: 'Sign in',
        after: [],
      };
    case 'notification':
      return {
        subject: `[${name}] ${about.words.en.subject}`,
        lines: about.words.en.lines.map(oneLine),
        action: 'Look at the notifications',
        after: ['You choose there what you get mails about.'],
      };
    case 'invitation':
      return {
        subject: `Join ${oneLine(about.organization)} at ${name}`,
        lines: [`${inviterOf(about, 'Somebody')} invites you to join ${oneLine(about.organization)} at ${name}.`],
        action: 'Accept the invitation',
        after: ['The link works once, for seven days. If you do not know what this is about, do nothing.'],
      };
  }
}

function inChinese(about: MailSubject, name: string): Words {
  switch (about.kind) {
    case 'verify_address':
      return {
        subject: `請確認您在 ${name} 的電子郵件地址`,
        lines: [`您申請了 ${name} 的帳號。請確認這個地址是您的。`],
        action: '確認我的地址',
        after: ['此連結只能使用一次，24 小時內有效。如果不是您本人申請，請不用理會，帳號不會開通。'],
      };
    case 'account_exists':
      return {
        subject: `您已經有 ${name} 的帳號`,
        lines: [`有人（也許就是您）用這個地址申請 ${name} 的帳號，但您已經有帳號了。`],
        action: '登入',
        after: ['如果不是您本人，請不用理會，您的帳號沒有任何變動。'],
      };
    case 'reset_password':
      return {
        subject: `重設您在 ${name} 的密碼`,
        lines: [`您要求重設 ${name} 帳號的密碼。`],
        action: '設定新密碼',
        after: ['此連結只能使用一次，一小時內有效。如果不是您本人要求，請不用理會，您的密碼不會改變。'],
      };
    case 'password_changed':
      return {
        subject: `您在 ${name} 的密碼已變更`,
        lines: [
          `您在 ${name} 的帳號密碼已變更，其他裝置都已登出。`,
          '如果不是您本人變更，請立即到登入頁重設密碼，並通知系統管理者。',
        ],
        action: undefined,
        after: [],
      };
    case 'test':
      return {
        subject: `${name} 的郵件測試`,
        lines: [`您要求 ${name} 寄一封測試郵件給您。這封信已經送達。`],
        action: undefined,
        after: [],
      };
    case 'awaits_approval':
      return {
        subject: `${about.email} 申請 ${name} 的帳號`,
        lines: [`${about.email} 已確認電子郵件地址，等待您核准。`],
        action: '查看帳號',
        after: [],
      };
    case 'approved':
      return {
        subject: `您在 ${name} 的帳號已開通`,
        lines: [`您在 ${name} 的帳號已核准，現在可以登入了。`],
        action: '登入',
        after: [],
      };
    case 'notification':
      return {
        subject: `[${name}] ${about.words['zh-TW'].subject}`,
        lines: about.words['zh-TW'].lines.map(oneLine),
        action: '查看通知',
        after: ['您可以在該頁面選擇要收到哪些通知郵件。'],
      };
    case 'invitation':
      return {
        subject: `邀請您加入 ${name} 上的 ${oneLine(about.organization)}`,
        lines: [`${inviterOf(about, '有人')} 邀請您加入 ${name} 上的 ${oneLine(about.organization)}。`],
        action: '接受邀請',
        after: ['此連結只能使用一次，七天內有效。如果您不清楚這是什麼，請不用理會。'],
      };
  }
}

function inviterOf({ inviter }: { readonly inviter: string | undefined }, somebody: string): string {
  return inviter === undefined ? somebody : oneLine(inviter);
}

type Parts = {
  readonly locale: MailLocale;
  readonly greeting: string;
  readonly words: Words;
  readonly link: string | undefined;
  readonly footer: readonly string[];
};

function textOf({ locale, greeting, words, link, footer }: Parts): string {
  const action =
    words.action === undefined || link === undefined ? [] : ['', (words.action + COLONS[locale]).trimEnd(), link];
  const after = words.after.length === 0 ? [] : ['', ...words.after];
  const end = footer.length === 0 ? [] : ['', '--', ...footer];
  return [greeting, '', ...words.lines, ...action, ...after, ...end, ''].join('\n');
}

/** Colours are the reader's own but for the button's, so that it reads on white and on black. */
function htmlOf({ locale, name, greeting, words, link, footer }: Parts & { readonly name: string }): string {
  const paragraph = (line: string): string => `<p style="margin:0 0 16px">${escapeHtml(line)}</p>`;
  const button =
    words.action === undefined || link === undefined
      ? ''
      : `<p style="margin:24px 0"><a href="${escapeHtml(link)}" style="background:#1d4ed8;border-radius:6px;` +
        `color:#ffffff;display:inline-block;padding:12px 20px;text-decoration:none">${escapeHtml(words.action)}</a></p>`;
  return (
    `<!doctype html><html lang="${locale}"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">` +
    `<title>${escapeHtml(words.subject)}</title></head><body style="font:16px/1.5 system-ui,sans-serif;margin:0">` +
    `<div style="margin:0 auto;max-width:520px;padding:32px 20px"><p style="font-weight:600;margin:0 0 24px">` +
    `${escapeHtml(name)}</p>${[greeting, ...words.lines].map(paragraph).join('')}${button}` +
    `${words.after.map(paragraph).join('')}` +
    `<p style="font-size:13px;margin:32px 0 0;opacity:.75">${footer.map(escapeHtml).join('<br>')}</p></div></body></html>`
  );
}

/** A text that strangers chose, as one line: no header and no line of a mail can be begun in it. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}
