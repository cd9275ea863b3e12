/** Runs the command line as a user does: the bundle, in a process of its own. */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { builtPrograms } from './built-programs.ts';

export interface Run {
  readonly output: string;
  readonly errors: string;
  readonly status: number | null;
}

export interface RunOptions {
  /** Standard input; empty when absent. */
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly folder?: string;
}

/** Nothing of the person who runs the tests gets into them. */
const cleanEnvironment = {
  PATH: process.env['PATH'] ?? '',
  HOME: '/nonexistent',
  COREWALK_HISTORY: '',
  TERM: 'xterm',
};

export async function runCorewalk(
  words: readonly string[],
  options: RunOptions = {},
): Promise<Run> {
  const program = join(await builtPrograms(), 'corewalk.cjs');
  const { stdout, stderr, status } = spawnSync(process.execPath, [program, ...words], {
    input: options.input ?? '',
    encoding: 'utf8',
    env: { ...cleanEnvironment, ...options.environment },
    maxBuffer: 256 * 1024 * 1024,
    ...(options.folder !== undefined && { cwd: options.folder }),
  });
  return { output: stdout, errors: stderr, status };
}

export const hasScript = spawnSync('script', ['--version']).status === 0;

/** Milliseconds that a session on a terminal may take. */
const terminalPatience = 10_000;

/** What is typed next, once `after` has appeared. */
export interface Keys {
  readonly after: string | RegExp;
  /** Several texts are typed one after the other, as fingers do. */
  readonly type: string | readonly string[];
}

/** Runs the command line on a pseudo terminal, as util-linux's `script` makes one; all that appeared on it. */
export async function typeIntoCorewalk(
  words: readonly string[],
  keys: readonly Keys[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Run> {
  const program = join(await builtPrograms(), 'corewalk.cjs');
  const quoted = [process.execPath, program, ...words].map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['-qec', `exec ${quoted}`, '/dev/null'], {
    env: { ...cleanEnvironment, ...environment },
    stdio: 'pipe',
  });
  let [output, errors, seen, next] = ['', '', 0, 0];
  child.stderr.on('data', (bytes: Buffer) => (errors += bytes.toString('utf8')));
  child.stdout.on('data', (bytes: Buffer) => {
    output += bytes.toString('utf8');
    for (let key = keys[next]; key; key = keys[next]) {
      const found = positionAfter(output, seen, key.after);
      if (found === undefined) return;
      seen = found;
      next++;
      void typeSlowly(child.stdin, [key.type].flat());
    }
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      const wanted = keys[next]
        ? `waiting for ${String(keys[next]?.after)}`
        : 'waiting for its end';
      reject(new Error(`${wanted} after ${JSON.stringify(output.slice(seen))} of ${output}`));
    }, terminalPatience);
    child.once('exit', (code) => {
      clearTimeout(timer);
      resolve(code);
    });
  });
  return { output, errors, status };
}

function positionAfter(text: string, from: number, wanted: string | RegExp): number | undefined {
  const rest = text.slice(from);
  if (typeof wanted === 'string') {
    const at = rest.indexOf(wanted);
    return at < 0 ? undefined : from + at + wanted.length;
  }
  const match = wanted.exec(rest);
  return match ? from + match.index + match[0].length : undefined;
}

async function typeSlowly(keyboard: Writable, texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    keyboard.write(text);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}
