/** Entry of the tests that run inside the extension host: VS Code calls `run`. */
import { appendFileSync } from 'node:fs';
import { format } from 'node:util';
import Mocha from 'mocha';

const log = process.env['COREWALK_HOST_LOG'];

/** @throws Error when a test fails: VS Code turns it into the exit status */
export async function run(): Promise<void> {
  if (log !== undefined) Mocha.reporters.Base.consoleLog = say;
  const mocha = new Mocha({ ui: 'bdd', timeout: 30_000, reporter: 'spec', color: false });
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  await import('./activation.test.ts');
  await import('./kernel-image.test.ts');
  await import('./dump.test.ts');
  await import('./notebook.test.ts');
  const { passes, failures, pending } = await new Promise<Mocha.Stats>((done) => {
    const runner = mocha.run(() => done(runner.stats ?? noStats()));
  });
  say(`${passes} passed, ${failures} failed, ${pending} skipped`);
  if (failures > 0 || passes === 0) throw new Error(`${failures} tests failed`);
}

function say(...words: unknown[]): void {
  const text = format(...words);
  if (log === undefined) console.log(text);
  else appendFileSync(log, text + '\n');
}

function noStats(): never {
  throw new Error('mocha gave no numbers');
}
