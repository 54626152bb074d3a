import { type CreditLook, creditRate, credits, exactCredits } from '../format/amounts.ts';
import { useWords } from '../words/index.ts';
import { useMe } from './session.tsx';

/** Amounts of credit as the operator marks them: `$1.25`. `named`: with what they are called behind them, `1.25 credits`. */
export function useCredits() {
  const { t, language } = useWords();
  const { name, prefix = '', decimals } = useMe().credit ?? {};
  const look: CreditLook = { language, prefix, ...(decimals === undefined ? {} : { decimals }) };
  const named = (amount: string): string => {
    if (name !== undefined) return `${amount} ${name}`;
    return prefix === '' ? t('credit.credits', { amount }) : amount;
  };
  return {
    amount: (text: string): string => credits(text, look),
    exact: (text: string): string => exactCredits(text, look),
    rate: (text: string): string => creditRate(text, look),
    named: (text: string): string => named(credits(text, look)),
    exactNamed: (text: string): string => named(exactCredits(text, look)),
  };
}
