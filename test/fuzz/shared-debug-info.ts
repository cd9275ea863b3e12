/** Dumps whose memory is changed have the debug information of the dump that they come from: it is read once. */
import { bytesSource } from '../../dump-format/byte-source.ts';
import type { DebugInfo } from '../../dump-format/debug-info.ts';
import type { Dump } from '../../dump-format/dump.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import type { SymbolTable } from '../../dump-format/symbols.ts';

interface Shared {
  readonly debugInfo: DebugInfo | undefined;
  readonly symbols: SymbolTable;
}

/** Opens dumps; those of one kernel share what was read of its sound dump. */
export class SharedDebugInfo {
  private readonly byBuild = new Map<string | undefined, Shared>();

  /** @param sound dumps as they were written */
  constructor(sound: readonly Uint8Array[]) {
    for (const bytes of sound) {
      const { buildId, debugInfo, symbols } = openDump(bytesSource(bytes, 'sound'));
      this.byBuild.set(buildId, { debugInfo, symbols });
    }
  }

  /** @throws FormatError as `openDump` */
  open(bytes: Uint8Array): Dump {
    const dump = openDump(bytesSource(bytes, 'damaged'));
    const shared = this.byBuild.get(dump.buildId);
    return shared ? withShared(dump, shared) : dump;
  }
}

function withShared(dump: Dump, { debugInfo, symbols }: Shared): Dump {
  return {
    name: dump.name,
    kind: dump.kind,
    addressBits: dump.addressBits,
    byteOrder: dump.byteOrder,
    machine: dump.machine,
    cpus: dump.cpus,
    segments: dump.segments,
    virtual: dump.virtual,
    physical: dump.physical,
    symbols,
    debugInfo,
    buildId: dump.buildId,
    info: dump.info,
    notes: dump.notes,
    get warnings() {
      return dump.warnings;
    },
    sourceText: (file) => dump.sourceText(file),
    close: () => dump.close(),
  };
}
