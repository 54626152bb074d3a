import type { errors as english } from '../en/errors.ts';
import type { Words } from '../index.ts';

export const errors: Words<typeof english> = {
  network: '無法連線到 Hub，請檢查網路連線。',
  denied: '您的角色沒有這項權限，請洽組織管理員。',
  notFound: '項目不存在，或您沒有檢視權限。',
  changed: '有人剛剛改過這筆資料，已重新載入，請確認後再試一次。',
  throttled: '操作過於頻繁，請稍候再試。',
  unavailable: 'Hub 暫時無法回應，請稍後再試。',
  reference: '請求 {{id}}',
};
