/** `modules`: the kernel, with its build id and whether its symbols and types are there. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Target } from '../target/target.ts';
import type { Fields } from './fields.ts';
import { hexAddress } from './row-text.ts';
import { safeText } from './safe-text.ts';

/** ELF `p_flags`: executable. */
const executable = 1;

/** `modules`: a page of the one module that a dump has. */
export function modulesBody(target: Target, fields: Fields): DebugProtocol.ModulesResponse['body'] {
  const start = fields.count('startModule') ?? 0;
  return { modules: start === 0 ? [kernelModule(target)] : [], totalModules: 1 };
}

export function kernelModule(target: Target): DebugProtocol.Module & { readonly buildId?: string } {
  const { dump, symbols, debugInfo, kernel } = target;
  const range = textRange(target);
  const version = kernel?.operatingSystem;
  return {
    id: 'kernel',
    name: kernel?.name ?? 'kernel',
    path: safeText(dump.name),
    isUserCode: true,
    symbolStatus: `${symbols.count} symbols, ${debugInfo ? 'types and lines' : 'no types'}`,
    ...(version !== undefined && { version: safeText(version) }),
    ...(dump.buildId !== undefined && { buildId: dump.buildId }),
    ...(range !== undefined && { addressRange: range }),
  };
}

/** From the first to the last executable byte. */
function textRange({ dump }: Target): string | undefined {
  let low: bigint | undefined;
  let high = 0n;
  for (const { virtualAddress, size, flags } of dump.segments) {
    if (virtualAddress === undefined || (flags & executable) === 0) continue;
    if (low === undefined || virtualAddress < low) low = virtualAddress;
    if (virtualAddress + size > high) high = virtualAddress + size;
  }
  return low === undefined ? undefined : `${hexAddress(low)}-${hexAddress(high - 1n)}`;
}
