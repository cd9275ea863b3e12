/** A run of a reader writes nothing and executes nothing: while the guard stands, whoever tries is a finding. */
import childProcess from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import workers from 'node:worker_threads';

const writing = [
  'appendFileSync',
  'chmodSync',
  'copyFileSync',
  'createWriteStream',
  'ftruncateSync',
  'linkSync',
  'mkdirSync',
  'mkdtempSync',
  'renameSync',
  'rmSync',
  'rmdirSync',
  'symlinkSync',
  'truncateSync',
  'unlinkSync',
  'writeFile',
  'writeFileSync',
  'writeSync',
  'writevSync',
] as const;

const executing = [
  'exec',
  'execFile',
  'execFileSync',
  'execSync',
  'fork',
  'spawn',
  'spawnSync',
] as const;

/** Puts the guard up; what is given back takes it down again. */
export function guard(): () => void {
  const undo = [
    ...writing.map((name) => forbid(fs, name)),
    ...executing.map((name) => forbid(childProcess, name)),
    forbid(net, 'connect'),
    forbid(net, 'createServer'),
    forbid(workers, 'Worker'),
    openingOnlyToRead(),
  ];
  syncBuiltinESMExports();
  return () => {
    for (const each of undo) each();
    syncBuiltinESMExports();
  };
}

function forbid(module: object, name: string): () => void {
  const before = Object.getOwnPropertyDescriptor(module, name);
  if (!before) throw new Error(`no ${name}`);
  const value = (): never => {
    throw new Error(`a reader calls ${name}`);
  };
  Object.defineProperty(module, name, { ...before, value });
  return () => void Object.defineProperty(module, name, before);
}

function openingOnlyToRead(): () => void {
  const before = fs.openSync;
  fs.openSync = (path, flags = 'r', mode) => {
    if (flags !== 'r' && flags !== fs.constants.O_RDONLY)
      throw new Error(`a reader opens ${String(path)} with flags ${flags}`);
    return before(path, flags, mode);
  };
  return () => void (fs.openSync = before);
}
