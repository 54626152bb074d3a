/** Checksums of numbers that people have. Each takes the number without what parts its digits. */

/** ISO/IEC 7812-1, annex B. */
export function isLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** The letter of each place of registration stands for two digits: A is 10, I is 34, O is 35. */
const TAIWAN_LETTERS = 'ABCDEFGHJKLMNPQRSTUVXYWZIO';
const TAIWAN_WEIGHTS = [8, 7, 6, 5, 4, 3, 2, 1, 1];

/** The number of a national of Taiwan, or of a resident since 2021: a letter and nine digits. */
export function isTaiwanId(id: string): boolean {
  const place = TAIWAN_LETTERS.indexOf(id[0]?.toUpperCase() ?? ' ');
  if (place < 0) return false;
  const letter = place + 10;
  let sum = Math.floor(letter / 10) + (letter % 10) * 9;
  for (const [index, weight] of TAIWAN_WEIGHTS.entries()) sum += Number(id[index + 1]) * weight;
  return sum % 10 === 0;
}

const CHINA_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/** By the remainder of the sum; ISO 7064, MOD 11-2. */
const CHINA_LAST = '10X98765432';

/** The number of a citizen of mainland China by GB 11643: eighteen characters, with the day of birth among them. */
export function isChinaId(id: string): boolean {
  const month = Number(id.slice(10, 12));
  const day = Number(id.slice(12, 14));
  if (month < 1 || month > 12 || day < 1 || day > 31) return false;
  let sum = 0;
  for (const [index, weight] of CHINA_WEIGHTS.entries()) sum += Number(id[index]) * weight;
  return CHINA_LAST[sum % 11] === id[17]?.toUpperCase();
}

/** Numbers that were never given to anybody are none. */
export function isUsSsn(digits: string): boolean {
  const [area, group, serial] = [digits.slice(0, 3), digits.slice(3, 5), digits.slice(5)];
  return area !== '000' && area !== '666' && area < '900' && group !== '00' && serial !== '0000';
}
