import type { notifications as english } from '../en/notifications.ts';
import type { Words } from '../index.ts';

export const notifications: Words<typeof english> = {
  title: '通知',
  unreadCount_other: '通知，{{count}} 則未讀',
  intro: '系統發現、需要有人知道的狀況，保留 90 天。',
  told: '近期狀況',
  what: '內容',
  when: '時間',
  unread: '未讀',
  readOne: '標示為已讀',
  readAll: '全部標示為已讀',
  emptyTitle: '目前沒有通知。',
  emptyText: '供應商拒絕憑證，或是模型清單有變動時，會在這裡通知您。',
  mails: '郵件通知',
  mailsText: '在您的角色可管理的組織中，以下狀況會寄郵件給您：',
  left: '剩餘 {{amount}}',
  saved: '已儲存。',
  kinds: {
    credentialFailing: '憑證失效',
    credentialWorking: '憑證恢復使用',
    modelsNew: '供應商新增模型',
    modelsWithdrawn: '供應商下架模型',
    creditLow: '點數即將用完',
    creditOut: '點數已用完',
    creditRestored: '點數已補充',
    creditTopUpStopped: '自動儲值已停止',
    limitReached: '限額或預算即將用完',
    webhookDisabled: 'Webhook 已停用',
  },
  stops: {
    declined: '卡片遭到拒絕',
    confirmation_needed: '銀行要求持卡人確認',
    capped: '已達 24 小時內的付款上限',
  },
};
