/** Console messages that a kernel keeps as text in a character array. */
import { FaultError } from '../../dump-format/errors.ts';
import type { Target } from '../target/target.ts';

/** Lines of a global `char` array up to its NUL, oldest first; none when there is no such array or it is absent. */
export function* messageLines(target: Target, symbol: string): Generator<string> {
  if (!target.hasGlobal(symbol)) return;
  const log = target.global(symbol);
  try {
    const text = log.text(log.type.size) ?? '';
    for (const line of text.replace(/\n$/, '').split('\n')) yield line;
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
  }
}
