/** `corewalk new-scenario`: a folder with a kernel of the user's own, ready to be built and explored. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { UsageError } from '../dump-format/errors.ts';
import { safeText } from '../debug-adapter/dap/safe-text.ts';
import { exitStatus, type Command } from './command.ts';
import { write } from './output.ts';
import { sampleFolder } from './scenario-files.ts';
import { onlyOperand, readWords } from './words.ts';

/** Beside sample-dumps/ in a checkout and in a package. */
const templateFolder = join(sampleFolder, '../cli/templates');

export const command: Command = {
  usage: 'DIR',
  description:
    'Makes a folder with a small kernel in C that two CPUs run, the shared boot code, a scenario and a README.\n' +
    'Change the kernel into what you suspect; `corewalk build`, `simulate`, `explore` and `check` work on it\n' +
    'as on those that come with Corewalk. docs/tutorial.md goes all the way.',
  options: [],
  examples: [{ line: 'corewalk new-scenario my-race', explains: 'then: corewalk build my-race' }],
  async run(given, terminal) {
    const words = readWords(given, {});
    const folder = onlyOperand(words, 'folder');
    const name = basename(resolve(folder));
    if (!/^[a-z0-9-]+$/.test(name))
      throw new UsageError(`${folder}: a scenario's name has small letters, digits and hyphens`);
    if (existsSync(folder) && readdirSync(folder).length > 0)
      throw new UsageError(`${folder}: it is there already and not empty`);
    writeTemplate(folder, name);
    await write(
      terminal.output,
      `${safeText(folder)}: a kernel (kernel.c), its scenario (${name}.scenario.json), README.md\n` +
        `next: corewalk build ${safeText(folder)}\n`,
    );
    return exitStatus.ok;
  },
};

function writeTemplate(folder: string, name: string): void {
  mkdirSync(folder, { recursive: true });
  for (const file of ['kernel.c', 'kernel.json', 'README.md', 'scenario.json']) {
    const text = readFileSync(join(templateFolder, file), 'utf8').replaceAll('NAME', name);
    writeFileSync(join(folder, file === 'scenario.json' ? `${name}.scenario.json` : file), text);
  }
  cpSync(join(sampleFolder, 'kernels/common'), join(folder, 'common'), { recursive: true });
  const schema = 'scenario.schema.json';
  cpSync(join(sampleFolder, 'scenarios', schema), join(folder, schema));
}
