import { useState } from 'react';
import { BASE } from '../../api/call.ts';
import { ChoiceTabs } from '../../ui/choice-tabs.tsx';
import { Code } from '../../ui/code.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { useWords } from '../../words/index.ts';
import type { ChatBody } from './chat-body.ts';
import { codeOf, SDKS, type Sdk } from './code/index.ts';
import { BYTES } from './code/literals.ts';

/** The conversation as a program that asks the same. */
export function CodeDialog({ body, onClose }: { readonly body: ChatBody; readonly onClose: () => void }) {
  const { t } = useWords();
  const [sdk, setSdk] = useState<Sdk>('curl');
  const code = codeOf(sdk, { hub: `${location.origin}${BASE}`, body });
  return (
    <Dialog title={t('playground.code')} onClose={onClose} isPanel>
      <ChoiceTabs
        label={t('playground.code')}
        tabs={SDKS.map((name) => ({ name, title: name }))}
        open={sdk}
        onOpen={setSdk}
      />
      <p className="text-[13px] text-dim">
        {t('playground.codeHint')} {code.includes(BYTES) && t('playground.codeFiles')}
      </p>
      <Code text={code} />
    </Dialog>
  );
}
