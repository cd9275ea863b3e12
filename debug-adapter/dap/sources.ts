/** Where the text of a source file is: on this machine, in the dump, or nowhere; and texts that we made ourselves. */
import { statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { DebugInfo } from '../../dump-format/debug-info.ts';
import type { Dump } from '../../dump-format/dump.ts';
import { LookupError } from '../../dump-format/errors.ts';
import type { SourceMap } from './protocol.ts';
import { safeLines, safeText } from './safe-text.ts';

/** Texts of our own (long outputs) that are kept for the client to open. */
const keptTextLimit = 32;

interface KeptText {
  readonly name: string;
  readonly mimeType: string;
  readonly text: () => string;
}

/** Source references, handed out once per file. */
export class SourceTable {
  private readonly dump: Dump;
  private readonly prefixes: readonly (readonly [from: string, to: string])[];
  private readonly byFile = new Map<string, DebugProtocol.Source | undefined>();
  private readonly kept = new Map<number, KeptText>();
  private readonly outputs: number[] = [];
  private lastReference = 0;

  constructor(dump: Dump, map: SourceMap | undefined) {
    this.dump = dump;
    this.prefixes = prefixesOf(map);
  }

  /**
   * A file as the compiler named it. The user's own map comes first, then the text that the dump carries, then the path as it is.
   *
   * Undefined when its text is nowhere: the editor then shows instructions.
   */
  source(file: string): DebugProtocol.Source | undefined {
    if (!this.byFile.has(file)) this.byFile.set(file, this.find(file));
    return this.byFile.get(file);
  }

  /** Keeps a text for the client to open; the oldest one is given up when there are too many. */
  keep(name: string, text: string): DebugProtocol.Source {
    const source = this.reference({ name, mimeType: 'text/plain', text: () => text });
    this.outputs.push(source.sourceReference);
    if (this.outputs.length > keptTextLimit) this.kept.delete(this.outputs.shift() ?? 0);
    return source;
  }

  /** `source`. @throws LookupError */
  body(reference: number): DebugProtocol.SourceResponse['body'] {
    const kept = this.kept.get(reference);
    if (!kept)
      throw new LookupError(
        `there is no source ${reference}; long outputs are kept up to ${keptTextLimit}`,
      );
    return { content: kept.text(), mimeType: kept.mimeType };
  }

  /** The reference of a path that the dump carries. @throws LookupError */
  bodyOfPath(path: string): DebugProtocol.SourceResponse['body'] {
    const text = this.dump.sourceText(path);
    if (text === undefined) throw new LookupError(`the dump carries no text of ${safeText(path)}`);
    return { content: safeLines(text), mimeType: mimeTypeOf(path) };
  }

  private find(file: string): DebugProtocol.Source | undefined {
    const name = safeText(baseName(file));
    for (const [from, to] of this.prefixes) {
      const rest = below(from, file);
      const path = rest === undefined ? undefined : join(to, rest);
      if (path !== undefined && isFile(path)) return { name, path };
    }
    if (this.dump.sourceText(file) !== undefined) {
      const kept = {
        name: file,
        mimeType: mimeTypeOf(file),
        text: () => this.bodyOfPath(file).content,
      };
      return { ...this.reference(kept), name, origin: 'carried by the dump' };
    }
    return isLocalPath(file) && isFile(file) ? { name, path: file } : undefined;
  }

  private reference(kept: KeptText): DebugProtocol.Source & { readonly sourceReference: number } {
    const sourceReference = ++this.lastReference;
    this.kept.set(sourceReference, kept);
    return { name: safeText(kept.name), path: safeText(kept.name), sourceReference };
  }
}

/** `loadedSources`: the files of the line table whose text can be had. */
export function loadedSources(
  info: DebugInfo | undefined,
  table: SourceTable,
): DebugProtocol.LoadedSourcesResponse['body'] {
  const found = (info?.sourceFiles() ?? []).map((file) => table.source(file));
  return { sources: found.filter((source) => source !== undefined) };
}

function prefixesOf(map: SourceMap | undefined): readonly (readonly [string, string])[] {
  if (map === undefined) return [];
  const pairs = isPairs(map) ? map : Object.entries(map);
  return [...pairs].sort(([one], [other]) => other.length - one.length);
}

function isPairs(map: SourceMap): map is readonly (readonly [string, string])[] {
  return Array.isArray(map);
}

/** What is left of `file` below the directory `from`; undefined when it lies elsewhere or climbs out. */
function below(from: string, file: string): string | undefined {
  const prefix = from.endsWith('/') ? from : `${from}/`;
  if (!file.startsWith(prefix)) return undefined;
  const rest = file.slice(prefix.length);
  return rest.split(/[\\/]/).includes('..') ? undefined : rest;
}

/** A path of this machine and no share of another: a dump must not make us knock at servers. */
function isLocalPath(file: string): boolean {
  return isAbsolute(file) && !/^[\\/]{2}/.test(file);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function baseName(file: string): string {
  return file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
}

function mimeTypeOf(file: string): string {
  return /\.[sS]$/.test(file) ? 'text/x-asm' : 'text/x-c';
}
