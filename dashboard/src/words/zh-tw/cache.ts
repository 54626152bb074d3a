import type { cache as english } from '../en/cache.ts';
import type { Words } from '../index.ts';

export const cache: Words<typeof english> = {
  title: '快取',
  intro: '組織內有人提出完全相同的請求時，直接給出先前的回答：不會再向供應商提問，也不花費任何費用。',
  range: '回顧多久',
  ranges: { day: '24 小時', week: '7 天', month: '30 天' },
  rate: '由快取回答',
  rateOf: '佔可由快取回答的 {{count}} 個請求',
  hits: '命中',
  hitsText: '回答已在快取中。',
  misses: '未命中',
  missesText: '已向供應商提問，並保留回答。',
  saved: '節省',
  savedText: '這些回答當初的成本。',
  chart: '命中與未命中',
  emptyTitle: '還沒有請求要求使用快取。',
  emptyText: '為金鑰設定回答的保留時間，或在請求中加上標頭。',
  how: '誰的回答會保留',
  howKey: '建立金鑰時，可以設定其所有呼叫的回答要保留多久。',
  howHeader: '請求也可以用標頭要求，並可指定秒數：',
  howSame:
    '只保留再問一次也會相同的回答：嵌入，以及溫度為 0 且沒有工具的對話。「any」連其他的也保留；「refresh」重新提問；「off」什麼都不保留。',
  store: '回答存放在哪裡',
  stores: { memory: '各行程的記憶體', store: '閘道的資料庫（加密）', redis: 'Redis（加密）' },
  charge: '以點數付費時，命中的費用',
  chargedFull: '與第一次回答相同',
  chargedNothing: '免費',
  clearedAt: '較早的已捨棄',
  clear: '全部捨棄',
  clearText: '為組織保留的所有回答都會重新提問。',
  cleared: '從現在起，不會再給出先前保留的回答。',
};
