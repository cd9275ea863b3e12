/** `$d`: the radix of numbers without a prefix. */
import { UsageError } from '../../dump-format/errors.ts';
import { textRow, type Dcmd } from './command.ts';

export const radix: Dcmd = {
  name: '$d',
  address: 'optional',
  summary: 'get/set default output radix',
  description:
    'Numbers without a prefix are read and printed in this radix, 2 to 16; it is 16 when a session starts. 0i 0o 0t 0x say binary, octal, decimal, hexadecimal at any time.',
  examples: [{ line: '0t10$d', explains: 'decimal from now on' }],
  origin: 'mdb',
  *run({ session, address, hasAddress }) {
    if (hasAddress) {
      if (address < 2n || address > 16n)
        throw new UsageError(`illegal radix: 0t${address} is not between 2 and 16`);
      session.radix = Number(address);
    }
    yield textRow(`radix = ${session.radix} base ten`);
  },
};
