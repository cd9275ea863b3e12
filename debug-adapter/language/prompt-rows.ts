/** What only a prompt prints: that a command was repeated, and what a bare value is. */
import type { Row } from '../commands/command.ts';
import type { Target } from '../target/target.ts';

/** mdb repeats the last command without a word, which surprises. */
export function repetitionNote(address: bigint): Row {
  const text = `(the last command, at ${address.toString(16)})`;
  return { spans: [{ kind: 'comment', text }] };
}

/** A value in hexadecimal, decimal and as a symbol, for a prompt that has no command to repeat. */
export function valueRow(value: bigint, target: Target): Row {
  const symbol = target.symbolize(value);
  const parts = [`0x${value.toString(16)}`, `0t${value.toString(10)}`];
  if (symbol !== undefined) parts.push(symbol);
  return { spans: [{ kind: 'number', text: parts.join(' = '), address: value }], value };
}
