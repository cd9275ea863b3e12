/**
 * Transcripts: files of mdb lines with what they print.
 *
 * `tst.<topic>.mdb` holds lines that all succeed, `err.<topic>.mdb` lines that all fail (lines that print nothing, such as
 * assignments, may stand between them). Beside it, `<name>.out` holds each line behind `> ` and what it printed; a line that
 * ends in a blank is shown with a `$` behind it. The first line names the target:
 *
 *     // target: program formats                    test/programs/formats.c, built with gcc
 *     // target: scenario illumos/ctxop-order buggy  a sample dump, made by the simulator
 *
 * `UPDATE=1` writes the `.out` files: read the diff.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Context } from 'mocha';
import { rowText, type Capabilities } from '../debug-adapter/commands/command.ts';
import { createInspector, type Inspector } from '../debug-adapter/inspector.ts';
import type { Dump } from '../dump-format/dump.ts';
import { UsageError } from '../dump-format/errors.ts';
import { cGrammar, mdbGrammar, projectRoot } from './support/grammars.ts';
import { openNamedTarget } from './support/targets.ts';

const isUpdate = process.env['UPDATE'] === '1';

export interface Transcript {
  /** Path of the `.mdb` file. */
  readonly file: string;
  /** `program formats`. */
  readonly target: string;
  readonly lines: readonly string[];
  readonly mustFail: boolean;
}

/** Defines one test for each transcript in a folder and below. */
export function describeTranscripts(folder: string): void {
  for (const transcript of readTranscripts(folder)) {
    it(relative(folder, transcript.file), function () {
      checkTranscript(transcript, this);
    });
  }
}

/** Every transcript in a folder and below, sorted by path. */
export function readTranscripts(folder: string): Transcript[] {
  const found: Transcript[] = [];
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  for (const entry of entries) {
    if (!entry.isFile() || !entry.name.endsWith('.mdb')) continue;
    const file = join(entry.parentPath, entry.name);
    assert.match(entry.name, /^(tst|err)\./, `${file}: a transcript is tst.* or err.*`);
    const [first = '', ...lines] = readFileSync(file, 'utf8').replace(/\n$/, '').split('\n');
    const target = /^\/\/ target: (.+)$/.exec(first)?.[1];
    assert.ok(target, `${file}: the first line names the target`);
    found.push({ file, target, lines, mustFail: entry.name.startsWith('err.') });
  }
  return found.sort((left, right) => (left.file < right.file ? -1 : 1));
}

/** An inspector as transcripts have it: with a shell, files of the transcript's folder, logs in memory, no terminal. */
export function openTranscript(dump: Dump, folder: string): Inspector {
  const logs = new Map<string, string>();
  const capabilities: Capabilities = {
    readFile: (name) => {
      const file = join(folder, name);
      return logs.get(name) ?? (existsSync(file) ? readFileSync(file, 'utf8') : undefined);
    },
    openLog: (name) => {
      if (name.includes('/')) throw new UsageError(`failed to open ${name}`);
      return {
        write: (text) => void logs.set(name, (logs.get(name) ?? '') + text),
        close: () => {},
      };
    },
    runShell: (command, input) => {
      const run = spawnSync('/bin/sh', ['-c', command], { input, encoding: 'utf8' });
      return { output: run.stdout, errors: run.stderr, status: run.status ?? 1 };
    },
  };
  return createInspector(dump, { grammar: mdbGrammar, cGrammar, capabilities });
}

function checkTranscript({ file, target, lines, mustFail }: Transcript, test: Context): void {
  const opened = openNamedTarget(target);
  if ('reason' in opened) {
    test.skip();
    return;
  }
  const inspector = openTranscript(opened.dump, dirname(file));
  const shown = [`// target: ${target}`];
  for (const line of lines) {
    const rows = [...inspector.execute(line)].map(rowText);
    shown.push(`> ${line}`, ...rows.map((text) => (/[ \t]$/.test(text) ? `${text}$` : text)));
    const isQuiet = rows.length === 0;
    const wanted = mustFail && !isQuiet ? 'error' : 'ok';
    assert.equal(
      inspector.lastStatus,
      wanted,
      `${relative(projectRoot, file)}: ${line}\n${rows.join('\n')}`,
    );
  }
  if (mustFail) assert.equal(inspector.lastStatus, 'error', 'the last line of err.* fails');
  const output = `${shown.join('\n')}\n`;
  const outputFile = file.replace(/\.mdb$/, '.out');
  if (isUpdate) writeFileSync(outputFile, output);
  assert.equal(output, readFileSync(outputFile, 'utf8'));
}
