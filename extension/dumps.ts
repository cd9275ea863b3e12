/** Which files of the workspace are dumps: by their names first, because that is cheap, and then by their first bytes. */
import { open } from 'node:fs/promises';
import * as vscode from 'vscode';

/** Names that dumps have by custom: `vmcore`, `vmcore.0`, `core.1234`, `panic.vmcore`. */
const namePattern = '**/{vmcore,vmcore.*,vmcore-*,core,core.*,*.vmcore,*.core}';

/** Files looked at when dumps are offered. */
const maximumCandidates = 200;

const elfMagic = 0x7f454c46;
const elfTypeCore = 4;

/** Dumps of the workspace, by path. Folders named by `files.exclude` are left out. */
export async function findDumps(): Promise<vscode.Uri[]> {
  const excluded = '**/node_modules/**';
  const candidates = await vscode.workspace.findFiles(namePattern, excluded, maximumCandidates);
  const checked = await Promise.all(
    candidates.map(async (file) => ((await isCoreFile(file)) ? file : undefined)),
  );
  return checked
    .filter((file) => file !== undefined)
    .sort((a, b) => a.fsPath.localeCompare(b.fsPath));
}

/** True when the file starts as an ELF core does. */
export async function isCoreFile(file: vscode.Uri): Promise<boolean> {
  if (file.scheme !== 'file') return false;
  try {
    const handle = await open(file.fsPath);
    try {
      const start = new DataView(new ArrayBuffer(20));
      const { bytesRead } = await handle.read(start, 0, start.byteLength, 0);
      if (bytesRead < start.byteLength || start.getUint32(0) !== elfMagic) return false;
      const isLittleEndian = start.getUint8(5) === 1;
      return start.getUint16(16, isLittleEndian) === elfTypeCore;
    } finally {
      await handle.close();
    }
  } catch {
    return false;
  }
}

const recentKey = 'recentDumps';
const maximumRecent = 10;

/** Paths of the dumps that were opened last, latest first. */
export function recentDumps(context: vscode.ExtensionContext): readonly string[] {
  return context.workspaceState.get<readonly string[]>(recentKey, []);
}

/** @param path of a dump that has opened; nothing is kept for undefined */
export async function rememberDump(
  context: vscode.ExtensionContext,
  path: string | undefined,
): Promise<void> {
  if (path === undefined) return;
  const others = recentDumps(context).filter((each) => each !== path);
  await context.workspaceState.update(recentKey, [path, ...others].slice(0, maximumRecent));
}
