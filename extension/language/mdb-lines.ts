/** The lines of an mdb script: which can be run, and the command that a position is on. */

/** True for a line that does something when it is run. */
export function isRunnable(line: string): boolean {
  const text = line.trim();
  return text !== '' && !text.startsWith('//') && !text.startsWith('#!');
}

/** A command's name in a line, and where it stands, in UTF-16 units. */
export interface CommandWord {
  /** As `::help` takes it: `print`, `$c`. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** Quoted text and comments, which hold no commands, or a command. */
const token =
  /"(?:[^"\\]|\\.)*"?|'[^']*'?|(?<![^\s;|])\/\/.*|::(?<dcmd>[A-Za-z_.][\w.`]*)|(?<legacy>\$[?%@A-Z^_`a-z])/g;

/** The command that a position is on. */
export function commandAt(line: string, position: number): CommandWord | undefined {
  return commandWords(line).find((each) => each.start <= position && position <= each.end);
}

/** Every command of a line, in order. */
export function commandWords(line: string): CommandWord[] {
  const words: CommandWord[] = [];
  for (const { 0: text, index, groups } of line.matchAll(token)) {
    const name = groups?.['dcmd'] ?? groups?.['legacy'];
    if (name !== undefined) words.push({ name, start: index, end: index + text.length });
  }
  return words;
}
