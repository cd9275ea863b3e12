/** The compiler and its companions: which there are, and what each calls its flags. */
import { spawnSync } from 'node:child_process';
import { LookupError } from '../../dump-format/errors.ts';

export interface Toolchain {
  readonly compiler: string;
  readonly linker: string;
  readonly objectCopier: string;
  /** Flags of gcc as this compiler knows them. */
  flags(flags: readonly string[]): readonly string[];
}

export const gccTools: Toolchain = {
  compiler: 'gcc',
  linker: 'ld',
  objectCopier: 'objcopy',
  flags: (flags) => flags,
};

/** What clang has no word for. */
const gccOnly = new Set([
  '-fno-tree-loop-distribute-patterns',
  '-gno-variable-location-views',
  '-gno-statement-frontiers',
  '-Wno-override-init',
]);

const clangTools: Toolchain = {
  compiler: 'clang',
  linker: 'ld',
  objectCopier: 'objcopy',
  flags: (flags) => [
    '--target=x86_64-linux-gnu',
    '-fno-builtin',
    '-Wno-initializer-overrides',
    ...flags.filter((flag) => !gccOnly.has(flag)),
  ],
};

/**
 * The tools of this computer.
 *
 * @param wanted `gcc` or `clang`; undefined: the first that is there
 * @throws LookupError naming all that is missing
 */
export function findToolchain(
  wanted: 'gcc' | 'clang' | undefined,
  isInstalled: (tool: string) => boolean = answersVersion,
): Toolchain {
  const candidates = [gccTools, clangTools].filter(
    ({ compiler }) => wanted === undefined || compiler === wanted,
  );
  const tools = candidates.find(({ compiler }) => isInstalled(compiler));
  const missing: string[] = tools
    ? []
    : [`a C compiler (${candidates.map(({ compiler }) => compiler).join(' or ')})`];
  for (const tool of ['ld', 'objcopy'])
    if (!isInstalled(tool)) missing.push(`${tool} (GNU binutils)`);
  if (tools && missing.length === 0) return tools;
  throw new LookupError(
    `to build a kernel, these are missing: ${missing.join(', ')}; on Debian: apt install ${wanted ?? 'gcc'} binutils`,
  );
}

function answersVersion(tool: string): boolean {
  return spawnSync(tool, ['--version'], { stdio: 'ignore' }).status === 0;
}
