/** Text of other processes for the terminal: control characters, which could steer it, become dots. */

export function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '·');
}
