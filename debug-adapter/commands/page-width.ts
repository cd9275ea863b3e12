/** `$w`: the width that lines are broken at. */
import { UsageError } from '../../dump-format/errors.ts';
import { textRow, type Dcmd } from './command.ts';

const smallest = 40n;
const largest = 10_000n;

export const pageWidth: Dcmd = {
  name: '$w',
  address: 'optional',
  summary: 'get/set output page width',
  examples: [{ line: '0t120$w', explains: 'lines of 120 columns' }],
  origin: 'mdb',
  *run({ session, address, hasAddress }) {
    if (hasAddress) {
      if (address < smallest || address > largest)
        throw new UsageError(`page width must be between ${smallest} and ${largest}`);
      session.settings.columns = Number(address);
    }
    yield textRow(`output page width = ${session.settings.columns}`);
  },
};
