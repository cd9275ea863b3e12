/** `npm start`: builds, makes the sample dumps, shows what illumos 12477 is about, and leaves you at the prompt. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { buildPrograms } from './build.mjs';

const root = resolve(import.meta.dirname, '..');
const program = join(root, 'dist/corewalk.cjs');
const dump = join(root, 'sample-dumps/dumps/illumos/ctxop-panic-run.buggy.vmcore');

/** What a person would type first; the second line is the one of the seed. */
const lines = [
  '::status',
  '<thread::print kthread_t t_ctx | ::list "struct ctxop" next | ::print "struct ctxop"',
  '<thread::ctxop',
  '::check',
];

const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;

console.log('building ...');
await buildPrograms(join(root, 'dist'), ['corewalk', 'adapter']);
console.log('running the simulated machines into their crash dumps ...');
const made = run(process.execPath, ['--import', 'tsx', 'scripts/make-dumps.ts']);
if (!existsSync(dump)) fail(`${relative(root, dump)} was not made`);
console.log(`${made} dumps in ${relative(root, dirname(dirname(dump)))}`);

console.log(`
corewalk ${relative(root, dump)}
An illumos machine that runs a bhyve guest has panicked, as in https://www.illumos.org/issues/12477.
`);
for (const line of lines) {
  console.log(`> ${line}`);
  corewalk(['-S', '-e', line, ...(isTerminal ? ['--color', 'always'] : []), dump]);
}
if (isTerminal) process.exitCode = corewalk(['-S', dump]);
else console.log('\nNo terminal: the prompt is `npx corewalk DUMP`.');

/** The exit status of our own program; its words go to the terminal. */
function corewalk(words) {
  const { status } = spawnSync(process.execPath, [program, ...words], { stdio: 'inherit' });
  return status ?? 1;
}

/** Lines that a step printed; what it complains of is shown, and is no reason to stop: a test of its own fails then. */
function run(command, words) {
  const { stdout, error } = spawnSync(command, words, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (error) fail(error.message);
  return stdout.split('\n').length - 1;
}

function fail(text) {
  console.error(`start: ${text}`);
  process.exit(1);
}
