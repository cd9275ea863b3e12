/** Help texts, out of the table and out of what each command says of itself. */
import type { Command } from './command.ts';
import type { CommandEntry } from './commands.ts';

/** `corewalk --help`. */
export function generalHelp(entries: readonly CommandEntry[]): string {
  const width = Math.max(...entries.map(({ name }) => name.length));
  const list = entries.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return [
    'Corewalk: crash dumps, worked on as in mdb.',
    '',
    'Usage: corewalk DUMP                  open a dump in the console',
    "       corewalk -e '::status' DUMP    run a line and leave",
    '       corewalk COMMAND ...           see below',
    '',
    'Commands:',
    ...list,
    '',
    '`corewalk COMMAND --help` says more. Exit status: 0 fine, 1 the last command failed, or the dump',
    "is damaged or can't be opened, 2 wrong usage, 3 `corewalk check` found a bug.",
    '',
  ].join('\n');
}

/** `corewalk NAME --help`. */
export function commandHelp(name: string, command: Command): string {
  const { usage, description, options, examples } = command;
  const optionWidth = Math.max(0, ...options.map(({ option }) => option.length));
  const sections = [
    `Usage: corewalk ${name === 'console' ? '' : `${name} `}${usage}`,
    '',
    description,
  ];
  if (options.length > 0) {
    sections.push('', 'Options:');
    for (const { option, help } of options)
      sections.push(`  ${option.padEnd(optionWidth)}  ${help}`);
  }
  sections.push('', 'Examples:');
  for (const { line, explains } of examples) sections.push(`  ${line}`, `      ${explains}`);
  return `${sections.join('\n')}\n`;
}
