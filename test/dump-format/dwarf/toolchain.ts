/** gcc, gdb and readelf for the DWARF tests: programs are built into a temporary folder, which goes away at the end. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const sourceFolder = join(import.meta.dirname, 'sources');

let folder: string | undefined;
const built = new Map<string, string>();

/** Whether all these programs are here: a test that needs one that is not is skipped, with the reason. */
export function hasTools(...tools: readonly string[]): boolean {
  return tools.every((tool) => spawnSync(tool, ['--version']).status === 0);
}

/** The path of a source file of these tests. */
export function sourcePath(name: string): string {
  return join(sourceFolder, name);
}

/** Runs a tool to its end and gives what it prints. Throws with its complaints when it fails. */
export function run(tool: string, ...parameters: readonly string[]): string {
  return runTool(tool, parameters).stdout;
}

function runTool(tool: string, parameters: readonly string[]): { stdout: string; stderr: string } {
  const result = spawnSync(tool, parameters, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    timeout: 60_000,
    env: { ...process.env, LC_ALL: 'C', DEBUGINFOD_URLS: '' },
  });
  if (result.status === 0) return result;
  throw new Error(`${tool} ${parameters.join(' ')}: ${result.stderr}`);
}

/** Compiles and links source files with gcc; the same files and flags are built once. */
export function build(flags: string, ...sources: readonly string[]): string {
  const name = `${sources.join(' ')} ${flags}`;
  const known = built.get(name);
  if (known !== undefined) return known;
  const output = join(temporaryFolder(), `program-${built.size}`);
  const paths = sources.map(sourcePath);
  run('gcc', ...flags.split(' '), '-w', '-o', output, ...paths);
  built.set(name, output);
  return output;
}

/** Runs a Python script in gdb on a program; the script prints one line of JSON with `emit`. */
export function askGdb(program: string, script: string): unknown {
  const path = join(temporaryFolder(), `script-${Math.abs(hash(script))}.py`);
  writeFileSync(
    path,
    `import gdb, json\ndef emit(data): print("@@" + json.dumps(data))\n${script}`,
  );
  const parameters = ['-batch', '-nx', '-iex', 'set auto-load off', '-x', path, program];
  const { stdout, stderr } = runTool('gdb', parameters);
  const line = stdout.split('\n').find((each) => each.startsWith('@@'));
  if (line === undefined) throw new Error(`gdb gave no answer: ${stderr}`);
  return JSON.parse(line.slice(2));
}

function temporaryFolder(): string {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'corewalk-dwarf-'));
    process.on('exit', () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  return folder;
}

function hash(text: string): number {
  let sum = 0;
  for (const letter of text) sum = (Math.imul(sum, 31) + letter.charCodeAt(0)) | 0;
  return sum;
}
