/** The languages of the pages. */
export const PAGE_LOCALES = ['en', 'zh-TW'] as const;
export type PageLocale = (typeof PAGE_LOCALES)[number];

const EN = {
  language: 'Language',
  email: 'Mail address',
  password: 'Password',
  newPassword: 'New password',
  passwordHint: 'At least 10 characters. A few words make a good one.',
  currentPassword: 'Present password',
  name: 'Your name',
  continue: 'Continue',
  working: 'One moment…',
  signIn: 'Sign in',
  signInTitle: 'Sign in',
  signInWith: 'Sign in with',
  or: 'or',
  signUp: 'Create an account',
  signUpTitle: 'Create an account',
  noAccount: 'No account yet?',
  haveAccount: 'Have an account?',
  forgot: 'Forgot your password?',
  forgotTitle: 'Set a new password',
  forgotLead: 'Tell us your mail address, and you get a link by which you can set a new password.',
  sendLink: 'Send the link',
  mailSentTitle: 'Check your mail',
  mailSent: 'If the address can be used here, a mail with a link is on its way. It may take a minute.',
  mailConsole: 'This hub has no mail server. Its operator finds the link on the hub’s console.',
  resend: 'Send it again',
  verifyTitle: 'Confirm your address',
  verifyLead: 'One click, and this address is known to be yours.',
  verify: 'Confirm my address',
  verified: 'Your address is confirmed. You can sign in now.',
  verifiedWaiting:
    'Your address is confirmed. An operator looks at your account next; you get a mail when it is ready.',
  resetTitle: 'Set a new password',
  resetDone: 'Your new password is set, and all sessions ended. Sign in with it now.',
  setPassword: 'Set the password',
  setupTitle: 'Welcome to your hub',
  setupLead: 'Make the first account. It owns the first organization and runs this hub.',
  setup: 'Create the account',
  setupDone: 'The first account was made already.',
  tokenMissing:
    'This page is opened by a link that ends in a secret. Open the whole link from the mail or the console.',
  closedTitle: 'Accounts are by invitation',
  closed: 'Nobody can sign up here by themselves. Ask whoever runs this hub for an invitation.',
  insecureTitle: 'This connection is not private',
  insecure:
    'You reached this hub over plain HTTP from another machine. Anybody on the way could read your password, and browsers keep sessions for encrypted connections only. So nobody can sign in here like this.',
  insecureFix: 'Whoever runs the hub can turn TLS on, with a certificate of its own for a trial:',
  insecureProxy:
    'Behind a proxy that ends TLS, set HUB_PUBLIC_URL to its https:// address and HUB_TRUSTED_PROXIES to its network.',
  accountTitle: 'Your account',
  organizations: 'Organizations',
  noOrganization: 'You belong to no organization yet. An owner or admin of one can invite you.',
  role_owner: 'Owner',
  role_admin: 'Admin',
  role_billing: 'Billing',
  role_developer: 'Developer',
  role_viewer: 'Viewer',
  operator: 'Runs this hub',
  sessions: 'Where you are signed in',
  thisSession: 'this browser',
  lastSeen: 'last seen',
  endSession: 'Sign out there',
  endOthers: 'Sign out everywhere else',
  changePassword: 'Change the password',
  passwordChanged: 'The password is changed. All other sessions ended.',
  details: 'What you are called',
  save: 'Save',
  saved: 'Saved.',
  data: 'Your data',
  export: 'Download everything that is kept about you',
  closeAccount: 'Close the account',
  closeLead: 'Your sessions and keys end at once. An organization that is yours alone is closed with it.',
  signOut: 'Sign out',
  signedInAs: 'Signed in as',
  terms: 'Terms',
  privacy: 'Privacy',
  support: 'Help',
  notFoundTitle: 'There is nothing here',
  notFound: 'The address is not one of this hub’s pages.',
  home: 'To your account',
  scriptNeeded: 'This page needs JavaScript.',
  error_generic: 'That did not work. Try again, or tell whoever runs this hub.',
  error_network: 'The hub does not answer. Check your connection and try again.',
  error_email: 'That is not a mail address.',
  error_password:
    'That password cannot be used: at least 10 characters, not your address, not the same few characters.',
  error_name: 'A name has 1 to 100 characters.',
  'auth.sign_in_failed': 'The address or the password is wrong.',
  'auth.throttled': 'Too many attempts. Wait a while, then try again.',
  'auth.address_unverified': 'This address is not confirmed yet. Open the link in the mail that was sent to it.',
  'auth.awaiting_approval': 'The account waits for an operator’s approval. You get a mail when it is ready.',
  'auth.account_ended': 'The account is suspended or closed. Ask whoever runs this hub.',
  'auth.link_invalid': 'The link was used already, or is too old. Ask for a new one.',
  'auth.sign_up_closed': 'Accounts are made by invitation here, or for other mail domains.',
  'auth.single_sign_on_required': 'People of this mail domain sign in with their organization’s own sign-in.',
  'auth.cross_site': 'The request came from another site. Open this page anew and try again.',
  'auth.insecure_transport': 'This connection is not private, so nothing was sent. Use https.',
  'auth.required': 'You are not signed in any more. Sign in again.',
  'resource.conflict': 'That cannot be done now: something else depends on it.',
} as const;

export type PageWord = keyof typeof EN;
export type PageWords = Readonly<Record<PageWord, string>>;

const ZH_TW: PageWords = {
  language: '語言',
  email: '電子郵件地址',
  password: '密碼',
  newPassword: '新密碼',
  passwordHint: '至少 10 個字元。用幾個詞組成的密碼就很好。',
  currentPassword: '目前的密碼',
  name: '您的姓名',
  continue: '繼續',
  working: '請稍候…',
  signIn: '登入',
  signInTitle: '登入',
  signInWith: '登入方式：',
  or: '或',
  signUp: '建立帳號',
  signUpTitle: '建立帳號',
  noAccount: '還沒有帳號？',
  haveAccount: '已經有帳號？',
  forgot: '忘記密碼？',
  forgotTitle: '設定新密碼',
  forgotLead: '請輸入您的電子郵件地址，我們會寄給您設定新密碼的連結。',
  sendLink: '寄送連結',
  mailSentTitle: '請查看您的信箱',
  mailSent: '如果這個地址可以在此使用，一封附有連結的郵件已經寄出，可能需要一分鐘才會送達。',
  mailConsole: '這個服務沒有設定郵件伺服器，管理者可以在主控台看到連結。',
  resend: '重新寄送',
  verifyTitle: '確認您的地址',
  verifyLead: '按一下，就能確認這個地址是您的。',
  verify: '確認我的地址',
  verified: '您的地址已確認，現在可以登入了。',
  verifiedWaiting: '您的地址已確認。接下來由管理者審核您的帳號，核准後您會收到郵件。',
  resetTitle: '設定新密碼',
  resetDone: '新密碼已設定，所有裝置都已登出。請用新密碼登入。',
  setPassword: '設定密碼',
  setupTitle: '歡迎使用您的 Hub',
  setupLead: '請建立第一個帳號。它會是第一個組織的擁有者，並負責管理這個服務。',
  setup: '建立帳號',
  setupDone: '第一個帳號已經建立了。',
  tokenMissing: '這個頁面要從結尾帶有密鑰的連結開啟。請從郵件或主控台開啟完整的連結。',
  closedTitle: '需要邀請才能建立帳號',
  closed: '這裡不開放自行註冊。請向管理者索取邀請。',
  insecureTitle: '這個連線不安全',
  insecure:
    '您是從另一台電腦以未加密的 HTTP 連到這裡。途中任何人都可能看到您的密碼，而且瀏覽器只會為加密連線保留登入狀態，因此無法這樣登入。',
  insecureFix: '管理者可以開啟 TLS；想先試用的話，可以使用自簽憑證：',
  insecureProxy:
    '如果前面有處理 TLS 的代理伺服器，請把 HUB_PUBLIC_URL 設為它的 https:// 位址，並把 HUB_TRUSTED_PROXIES 設為它的網段。',
  accountTitle: '您的帳號',
  organizations: '組織',
  noOrganization: '您還沒有加入任何組織。組織的擁有者或管理員可以邀請您。',
  role_owner: '擁有者',
  role_admin: '管理員',
  role_billing: '帳務',
  role_developer: '開發者',
  role_viewer: '檢視者',
  operator: '管理這個服務',
  sessions: '已登入的裝置',
  thisSession: '這個瀏覽器',
  lastSeen: '最近使用',
  endSession: '登出該裝置',
  endOthers: '登出其他所有裝置',
  changePassword: '變更密碼',
  passwordChanged: '密碼已變更，其他裝置都已登出。',
  details: '您的稱呼',
  save: '儲存',
  saved: '已儲存。',
  data: '您的資料',
  export: '下載所有與您有關的資料',
  closeAccount: '關閉帳號',
  closeLead: '您的登入狀態與金鑰會立即失效。只屬於您一人的組織也會一併關閉。',
  signOut: '登出',
  signedInAs: '目前登入：',
  terms: '服務條款',
  privacy: '隱私權政策',
  support: '協助',
  notFoundTitle: '這裡沒有內容',
  notFound: '這個位址不是本服務的頁面。',
  home: '前往您的帳號',
  scriptNeeded: '這個頁面需要 JavaScript。',
  error_generic: '操作沒有成功。請再試一次，或聯絡管理者。',
  error_network: '伺服器沒有回應。請檢查網路連線後再試一次。',
  error_email: '這不是有效的電子郵件地址。',
  error_password: '這個密碼不能使用：至少 10 個字元，不能是您的郵件地址，也不能只是重複的幾個字元。',
  error_name: '姓名需為 1 到 100 個字元。',
  'auth.sign_in_failed': '電子郵件地址或密碼不正確。',
  'auth.throttled': '嘗試次數太多，請稍候再試。',
  'auth.address_unverified': '這個地址尚未確認。請開啟寄給您的郵件中的連結。',
  'auth.awaiting_approval': '帳號正在等待管理者核准，核准後您會收到郵件。',
  'auth.account_ended': '帳號已被停用或關閉。請聯絡管理者。',
  'auth.link_invalid': '連結已使用過或已過期。請索取新的連結。',
  'auth.sign_up_closed': '這裡只接受邀請，或只開放其他郵件網域註冊。',
  'auth.single_sign_on_required': '這個郵件網域的使用者請用組織的登入方式登入。',
  'auth.cross_site': '這個請求來自其他網站。請重新開啟本頁再試一次。',
  'auth.insecure_transport': '這個連線不安全，因此沒有送出任何資料。請改用 https。',
  'auth.required': '您已經登出，請重新登入。',
  'resource.conflict': '現在無法這麼做：還有其他項目與它相關。',
};

const WORDS: Readonly<Record<PageLocale, PageWords>> = { en: EN, 'zh-TW': ZH_TW };

export function wordsIn(locale: PageLocale): PageWords {
  return WORDS[locale];
}

/** The language that a browser asks for, as far as the pages have it. https://www.rfc-editor.org/rfc/rfc9110#field.accept-language */
export function localeFor(acceptLanguage: string | undefined): PageLocale {
  const wanted = (acceptLanguage ?? '')
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.trim().split(';');
      const quality = parameters.map((parameter) => /^\s*q=(\d(?:\.\d+)?)$/.exec(parameter)?.[1]).find(Boolean);
      return { tag: tag.toLowerCase(), quality: quality === undefined ? 1 : Number(quality) };
    })
    .filter(({ tag, quality }) => tag !== '' && quality > 0)
    .toSorted((a, b) => b.quality - a.quality);
  for (const { tag } of wanted) {
    if (tag === 'zh' || tag.startsWith('zh-')) return 'zh-TW';
    if (tag === 'en' || tag.startsWith('en-')) return 'en';
  }
  return 'en';
}

export function isPageLocale(text: string | undefined): text is PageLocale {
  return text === 'en' || text === 'zh-TW';
}
