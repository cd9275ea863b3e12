/** Evidence that several checkers of Akaros show in the same way. */
import type { Evidence } from '../../checks/check.ts';

export function hex(value: bigint): string {
  return value.toString(16);
}

/** A structure that a verdict rests on, with the line that prints it. */
export function structure(label: string, type: string, address: bigint, members = ''): Evidence {
  return {
    spans: [
      { kind: 'text', text: `${label} ` },
      { kind: 'address', text: hex(address), address },
    ],
    line: `${hex(address)}::print ${type}${members === '' ? '' : ` ${members}`}`,
    address,
  };
}
